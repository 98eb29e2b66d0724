import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rowsOf, runsOf, shardCountOf, shardOf, shardSizeRows } from '../../src/domain/shard-plan.ts';

test('a shard has 500 rows, and the last one the rest', () => {
  assert.equal(shardSizeRows, 500);
  assert.deepEqual([shardOf(1), shardOf(500), shardOf(501), shardOf(1_000), shardOf(1_001)], [1, 1, 2, 2, 3]);
  assert.deepEqual(rowsOf(1, 1_001), { first: 1, last: 500 });
  assert.deepEqual(rowsOf(3, 1_001), { first: 1_001, last: 1_001 });
  assert.deepEqual([shardCountOf(0), shardCountOf(1), shardCountOf(500), shardCountOf(501)], [0, 1, 1, 2]);
});

test('the shards of a file of any size contain every row once, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (rows) => {
      const shards = shardCountOf(rows);
      let next = 1;
      // The middle shards are all alike; errors occur at the ends.
      for (const shard of new Set([1, 2, shards - 1, shards].filter((at) => at >= 1 && at <= shards))) {
        const { first, last } = rowsOf(shard, rows);
        if (shard <= 2) assert.equal(first, next);
        assert.ok(first <= last && last - first < shardSizeRows);
        assert.deepEqual([shardOf(first), shardOf(last)], [shard, shard]);
        if (shard < shards) assert.equal(rowsOf(shard + 1, rows).first, last + 1);
        next = last + 1;
      }
      assert.equal(next, rows + 1);
    }),
  );
});

test('runs contain the same rows, and no two runs are adjacent', () => {
  assert.deepEqual(runsOf([]), []);
  assert.deepEqual(runsOf([7]), [[7, 7]]);
  assert.deepEqual(runsOf([1, 2, 3, 5, 6, 9]), [
    [1, 3],
    [5, 6],
    [9, 9],
  ]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (unordered) => {
      const rows = unordered.sort((a, b) => a - b);
      const runs = runsOf(rows);
      const expanded = runs.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, index) => first + index),
      );
      assert.deepEqual(expanded, rows);
      for (const [index, [first]] of runs.entries()) {
        assert.ok(first > (runs[index - 1]?.[1] ?? -1) + 1);
      }
    }),
  );
});
