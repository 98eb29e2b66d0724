import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RequestWindow } from '../../src/simulator/request-window.ts';

const gapsMs = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 });

test('The busiest second is the one found by counting every window', () => {
  fc.assert(
    fc.property(gapsMs, (gaps) => {
      const window = new RequestWindow();
      const times: number[] = [];
      let nowMs = 5;
      for (const gap of gaps) {
        nowMs += gap;
        times.push(nowMs);
        window.add(nowMs);
      }
      const counts = times.map((end) => times.filter((time) => time > end - 1_000 && time <= end).length);
      assert.equal(window.most, Math.max(0, ...counts));
    }),
  );
});

test('Two requests exactly one second apart are not in one second', () => {
  const window = new RequestWindow();
  window.add(100);
  window.add(1_100);
  assert.equal(window.most, 1);
});

test('Requests over a second old are dropped, even after thousands of them', () => {
  const window = new RequestWindow();
  for (let index = 0; index < 20_000; index += 1) window.add(index);
  assert.equal(window.countAt(19_999), 1_000);
  assert.equal(window.countAt(30_000), 0);
  assert.equal(window.most, 1_000);
});
