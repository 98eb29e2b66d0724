import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type OutcomeCounts, rowOutcomes } from '../../src/contract/outcome.ts';
import { countOutcome, failuresOf, sumCounts, totalOf } from '../../src/domain/tally.ts';

test('an outcome of no row is omitted from the counts', () => {
  assert.deepEqual(countOutcome({}, 'tokenized'), { tokenized: 1 });
  assert.deepEqual(sumCounts([{ tokenized: 0, declined: 2 }, { declined: 1 }]), { declined: 3 });
  assert.deepEqual(sumCounts([]), {});
});

test('counting does not change the given counts', () => {
  const counts: OutcomeCounts = { unknown: 1 };
  countOutcome(counts, 'unknown');
  assert.deepEqual(counts, { unknown: 1 });
});

test('every outcome except tokenized and skipped is a failure to the operator', () => {
  for (const outcome of rowOutcomes) {
    const isWanted = outcome === 'tokenized' || outcome === 'skipped';
    assert.equal(failuresOf({ [outcome]: 3 }), isWanted ? 0 : 3, outcome);
  }
});

test('the counts of the parts add up to the counts of the whole, however it is divided', () => {
  const outcomes = fc.array(fc.constantFrom(...rowOutcomes), { maxLength: 60 });
  const count = (some: readonly (typeof rowOutcomes)[number][]): OutcomeCounts =>
    some.reduce<OutcomeCounts>(countOutcome, {});
  fc.assert(
    fc.property(outcomes, fc.nat(60), (whole, cut) => {
      const parts = [count(whole.slice(0, cut)), count(whole.slice(cut))];
      assert.deepEqual(sumCounts(parts), count(whole));
      assert.equal(totalOf(sumCounts(parts)), whole.length);
    }),
  );
});
