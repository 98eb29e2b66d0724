import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RowOutcome } from '../../src/contract/outcome.ts';
import { definedOf } from '../../src/domain/defined.ts';
import { type RowErrorCode, rowErrorCodes } from '../../src/domain/error-codes.ts';
import { mergeRow, type PassLine, type RowLines } from '../../src/results/merge-row.ts';
import type { OutcomeLine } from '../../src/results/outcome-line.ts';
import type { RecordedResolution, ResolutionKind } from '../../src/storage/resolutions.ts';

const refOf = (pass: number): string => `abcdefghijkl-p${pass}-r1-n1`;

function lineOf(pass: number, outcome: RowOutcome, errorCode?: RowErrorCode): OutcomeLine {
  return {
    row: 1,
    merchantRef: 'ref-1',
    amount: '100',
    currency: 'JPY',
    scheme: 'visa',
    card: '400000******0010',
    sends: 1,
    outcome,
    merchantTxnRef: refOf(pass),
    ...definedOf({ errorCode }),
    ...(outcome === 'tokenized'
      ? { storedPaymentMethodId: `pm-${pass}`, transactionId: `txn-${pass}`, isCharged: true }
      : {}),
    ...(outcome === 'charged_without_token' ? { transactionId: `txn-${pass}`, isCharged: true } : {}),
  };
}

function pastOf(...lines: readonly OutcomeLine[]): RowLines {
  const past = lines.map((line, index): PassLine => ({ pass: index + 1, line }));
  return past as unknown as RowLines;
}

function resolutionOf(
  pass: number,
  resolution: ResolutionKind,
  ids: Partial<RecordedResolution> = {},
): RecordedResolution {
  return {
    row: 1,
    merchantTxnRef: refOf(pass),
    resolution,
    who: 'mia@desk',
    at: '2026-01-05T08:00:00.000Z',
    ...ids,
  };
}

const resolutionsOf = (...resolutions: readonly RecordedResolution[]) =>
  new Map(resolutions.map((resolution) => [resolution.merchantTxnRef, resolution]));
const none = resolutionsOf();
const unknown = (pass: number) => lineOf(pass, 'unknown', 'unknown_timeout');

test('a later pass decides, and the sends of all passes add up', () => {
  const { line, charges, isContradicted } = mergeRow(
    pastOf(lineOf(1, 'failed', 'request_refused'), lineOf(2, 'tokenized')),
    none,
  );
  assert.deepEqual(
    [line.outcome, line.storedPaymentMethodId, line.sends, charges.length, isContradicted],
    ['tokenized', 'pm-2', 2, 1, false],
  );
});

const settled: readonly (readonly [ResolutionKind, RowOutcome, string | undefined, number])[] = [
  ['tokenized', 'tokenized', undefined, 1],
  ['charged_without_token', 'charged_without_token', 'charged_no_token', 1],
  ['not_charged', 'failed', 'resolved_not_charged', 0],
];
for (const [word, outcome, errorCode, charges] of settled) {
  test(`an unknown row resolved as ${word} is ${outcome}, says by whom, and is charged ${charges} times`, () => {
    const ids = word === 'tokenized' ? { storedPaymentMethodId: 'pm-found', transactionId: 'txn-found' } : {};
    const merged = mergeRow(pastOf(unknown(1)), resolutionsOf(resolutionOf(1, word, ids)));
    assert.deepEqual(
      [merged.line.outcome, merged.line.errorCode, merged.charges.length, merged.isContradicted],
      [outcome, errorCode, charges, false],
    );
    assert.match(
      `${merged.line.message} ${merged.line.remark}`,
      /settled by hand by mia@desk on 2026-01-05/i,
    );
    assert.equal(merged.line.storedPaymentMethodId, ids.storedPaymentMethodId);
  });
}

test('a resolution on another send of the row changes nothing', () => {
  assert.equal(
    mergeRow(pastOf(unknown(1)), resolutionsOf(resolutionOf(2, 'not_charged'))).line.outcome,
    'unknown',
  );
});

test('a charge without a token gets the token that the gateway reported later, and is charged once', () => {
  const { line, charges, isContradicted } = mergeRow(
    pastOf(lineOf(1, 'charged_without_token', 'charged_no_token')),
    resolutionsOf(
      resolutionOf(1, 'tokenized', { storedPaymentMethodId: 'pm-found', transactionId: 'txn-found' }),
    ),
  );
  assert.deepEqual(
    [line.outcome, line.storedPaymentMethodId, charges.length, isContradicted],
    ['tokenized', 'pm-found', 1, false],
  );
});

test('a late token for a row resolved as not charged is kept, with a clear warning', () => {
  const { line, isContradicted } = mergeRow(
    pastOf(lineOf(1, 'tokenized')),
    resolutionsOf(resolutionOf(1, 'not_charged')),
  );
  assert.deepEqual([line.outcome, line.storedPaymentMethodId, isContradicted], ['tokenized', 'pm-1', true]);
  assert.match(line.remark ?? '', /CONTRADICTION: settled as not_charged by mia@desk/);
});

test('a late token for a row that was sent again and tokenized names both payments, and none is lost', () => {
  const { line, charges, isContradicted } = mergeRow(
    pastOf(lineOf(1, 'tokenized'), lineOf(2, 'tokenized')),
    resolutionsOf(resolutionOf(1, 'not_charged')),
  );
  assert.deepEqual([line.storedPaymentMethodId, isContradicted], ['pm-2', true]);
  assert.deepEqual(
    charges.map(({ storedPaymentMethodId }) => storedPaymentMethodId),
    ['pm-1', 'pm-2'],
  );
  assert.match(line.remark ?? '', /CHARGED MORE THAN ONCE: refund the other payment \(.*txn-1, token pm-1\)/);
});

test('a late token outranks the decline of the next pass', () => {
  const { line, charges } = mergeRow(
    pastOf(lineOf(1, 'tokenized'), lineOf(2, 'declined', 'declined_hard')),
    resolutionsOf(resolutionOf(1, 'not_charged')),
  );
  assert.deepEqual([line.outcome, line.storedPaymentMethodId, charges.length], ['tokenized', 'pm-1', 1]);
});

test('a late refusal does not remove a token that a person found', () => {
  const { line, isContradicted } = mergeRow(
    pastOf(lineOf(1, 'declined', 'declined_hard')),
    resolutionsOf(resolutionOf(1, 'tokenized', { storedPaymentMethodId: 'pm-found', transactionId: 't' })),
  );
  assert.deepEqual(
    [line.outcome, line.storedPaymentMethodId, isContradicted],
    ['tokenized', 'pm-found', true],
  );
});

test('a late token that differs from a person’s is kept as well', () => {
  const { line, isContradicted } = mergeRow(
    pastOf(lineOf(1, 'tokenized')),
    resolutionsOf(resolutionOf(1, 'tokenized', { storedPaymentMethodId: 'pm-resolved', transactionId: 't' })),
  );
  assert.deepEqual([line.storedPaymentMethodId, isContradicted], ['pm-1', true]);
  assert.match(line.remark ?? '', /pm-resolved/);
});

const codes = Object.keys(rowErrorCodes) as RowErrorCode[];
const anyLine = (pass: number) =>
  fc
    .option(fc.constantFrom(...codes), { nil: undefined, freq: 3 })
    .map((code) =>
      code === undefined ? lineOf(pass, 'tokenized') : lineOf(pass, rowErrorCodes[code].outcome, code),
    );
const anyVerdict = (pass: number) =>
  fc.option(
    fc
      .constantFrom<ResolutionKind>('tokenized', 'charged_without_token', 'not_charged')
      .map((word) =>
        resolutionOf(
          pass,
          word,
          word === 'tokenized' ? { storedPaymentMethodId: `pm-v${pass}`, transactionId: `txn-v${pass}` } : {},
        ),
      ),
    { nil: undefined },
  );

test('for any passes and resolutions, no token and no charge is lost, and only a person resolves an unknown outcome', () => {
  const passes = [1, 2, 3] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.tuple(...passes.map(anyLine)),
      fc.tuple(...passes.map(anyVerdict)),
      (count, lines, words) => {
        const some = lines.slice(0, count);
        const resolutions = resolutionsOf(...words.filter((word) => word !== undefined));
        const { line, charges, isContradicted } = mergeRow(pastOf(...some), resolutions);
        const reported = JSON.stringify([line, charges]);
        for (const each of some) {
          if (each.storedPaymentMethodId !== undefined)
            assert.ok(reported.includes(each.storedPaymentMethodId));
          if (each.isCharged === true) {
            assert.equal(
              charges.filter(({ merchantTxnRef }) => merchantTxnRef === each.merchantTxnRef).length,
              1,
            );
          }
          const resolution = resolutions.get(each.merchantTxnRef ?? '');
          if (each.outcome === 'unknown' && resolution === undefined) {
            assert.ok(line.outcome === 'unknown' || line.isCharged === true);
          }
        }
        assert.equal(line.sends, count);
        assert.equal(line.isCharged === true, charges.length > 0, 'a charged row says so');
        if (charges.length > 1) assert.ok(isContradicted, 'two charges are said loudly');
      },
    ),
    { numRuns: 500 },
  );
});
