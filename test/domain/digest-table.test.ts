import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDigestTable } from '../../src/domain/digest-table.ts';
import { createFingerprinter } from '../../src/input/fingerprinter.ts';

// Few distinct words, so that fingerprints collide fully, partly, and in their position only.
const word = fc.constantFrom(0, 1, 64, 65, 0xffffffff);

test('any fingerprints in any order behave as in a Map', () => {
  const fingerprints = fc.array(fc.record({ high: word, middle: word, low: word }), { maxLength: 400 });
  fc.assert(
    fc.property(fingerprints, (added) => {
      const table = createDigestTable();
      const expected = new Map<string, number>();
      for (const [index, fingerprint] of added.entries()) {
        const key = JSON.stringify(fingerprint);
        assert.equal(table.firstRowWith(fingerprint), expected.get(key));
        assert.equal(table.add(fingerprint, index + 1), expected.get(key));
        if (!expected.has(key)) expected.set(key, index + 1);
      }
      for (const fingerprint of added) {
        assert.equal(table.firstRowWith(fingerprint), expected.get(JSON.stringify(fingerprint)));
      }
      assert.equal(table.size, expected.size);
    }),
  );
});

test('two tables of references and cards take at most 64 bytes per row at every size, plus a constant', () => {
  const table = createDigestTable();
  const emptyBytes = table.byteLength;
  const fingerprint = createFingerprinter(randomBytes(32), 'merchant_ref');
  for (let row = 1; row <= 60_000; row += 1) {
    table.add(fingerprint(String(row)), row);
    if (row % 500 === 0)
      assert.ok(2 * (table.byteLength - emptyBytes) <= 64 * row, `row ${row}: ${table.byteLength}`);
  }
  assert.equal(table.size, 60_000);
  for (let row = 1; row <= 60_000; row += 997)
    assert.equal(table.firstRowWith(fingerprint(String(row))), row);
});

test('a row number that 32 bits do not hold, or 0, is refused', () => {
  const table = createDigestTable();
  for (const row of [0, -1, 1.5, 2 ** 32]) {
    assert.throws(() => table.add({ high: 1, middle: 2, low: 3 }, row), RangeError);
  }
  assert.equal(table.add({ high: 1, middle: 2, low: 3 }, 2 ** 32 - 1), undefined);
  assert.equal(table.firstRowWith({ high: 1, middle: 2, low: 3 }), 2 ** 32 - 1);
});
