import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawBars, drawLines } from '../../bench/support/plot.ts';
import { formatTable } from '../../bench/support/table.ts';

test('A line plot keeps every point inside its frame, including those of the mark', () => {
  const svg = drawLines({
    title: 'a plot',
    xLabel: 'seconds',
    yLabel: 'requests',
    series: [
      {
        name: 'one',
        points: [
          [0, 0],
          [3, 7],
          [9, 101],
        ],
      },
    ],
    mark: { name: 'the limit', y: 120 },
  });
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  const [, points = ''] = /points="([^"]+)"/.exec(svg) ?? [];
  const pairs = points.split(' ').map((pair) => pair.split(',').map(Number));
  assert.equal(pairs.length, 3);
  for (const [x = Number.NaN, y = Number.NaN] of pairs) {
    assert.ok(x >= 0 && x <= Number(width) && y >= 0 && y <= Number(height), `${x},${y}`);
  }
  for (const [, y] of svg.matchAll(/ y1="([\d.]+)"/g)) assert.ok(Number(y) > 0 && Number(y) < Number(height));
});

test('XML characters in a name appear in a plot as text', () => {
  const svg = drawBars({ title: 'a < b & "c"', unit: '', bars: [{ name: '<script>', value: 1 }] });
  assert.ok(!svg.includes('<script>'));
  assert.match(svg, /a &lt; b &amp; &quot;c&quot;/);
});

test('A bar of twice the value is twice as long', () => {
  const svg = drawBars({
    title: 'bars',
    unit: 's',
    bars: [
      { name: 'one', value: 2 },
      { name: 'two', value: 4 },
    ],
  });
  const [, short = Number.NaN, long = Number.NaN] = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(
    ([, length]) => Number(length),
  );
  assert.ok(Math.abs(long / short - 2) < 0.01, `${short} and ${long}`);
});

test('The columns of a table are as wide as their widest cell', () => {
  const lines = formatTable(
    ['who', 'rows'],
    [
      ['a long name', '7'],
      ['b', '12345'],
    ],
  ).split('\n');
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.equal(lines[2], '| a long name |     7 |');
});
