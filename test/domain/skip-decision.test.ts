import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskCardNumber } from '../../src/domain/card.ts';
import { definedOf } from '../../src/domain/defined.ts';
import { mayBeSentAgain } from '../../src/domain/resend.ts';
import { applySkip, decideSkip, type EarlierReference } from '../../src/domain/skip-decision.ts';
import type { RejectedRow } from '../../src/domain/staged-row.ts';
import { createSendableRow } from '../support/batches.ts';

const row = createSendableRow(7);
const card = maskCardNumber(row.cardNumber);
const token = { storedPaymentMethodId: 'pm-7', transactionId: 'tx-7', card };
const otherToken = { storedPaymentMethodId: 'pm-other', card: '411111******1111' };
const earlier = (changes: Partial<EarlierReference> = {}): EarlierReference => ({
  tokens: [],
  isUnresolved: false,
  ...changes,
});
const rejected = (changes: Partial<RejectedRow> = {}): RejectedRow => ({
  kind: 'rejected',
  row: 7,
  line: 8,
  merchantRef: 'ref-7',
  errorCodes: ['card_expired'],
  maskedCard: card,
  amount: '',
  currency: 'JPY',
  scheme: 'visa',
  ...changes,
});

test('a row whose reference and card have a token is skipped with it, and contains no card number', () => {
  const decision = decideSkip(row, earlier({ tokens: [otherToken, token] }));
  assert.ok(typeof decision === 'object');
  const staged = applySkip(row, decision);
  assert.deepEqual(staged, {
    kind: 'skipped',
    row: 7,
    line: 8,
    merchantRef: 'ref-7',
    maskedCard: card,
    amount: '100',
    currency: 'JPY',
    scheme: 'visa',
    storedPaymentMethodId: 'pm-7',
    transactionId: 'tx-7',
  });
  assert.ok(!JSON.stringify(staged).includes(row.cardNumber));
});

test('a row whose reference has a token only for another card is rejected as card_changed, not sent', () => {
  const decision = decideSkip(row, earlier({ tokens: [otherToken] }));
  assert.deepEqual(decision, { kind: 'card_changed', row: 7 });
  const staged = applySkip(row, decision as { kind: 'card_changed'; row: number });
  assert.deepEqual(
    [staged.kind, staged.kind === 'rejected' && staged.errorCodes],
    ['rejected', ['card_changed']],
  );
});

test('a row whose reference may have been charged is unresolved, unless its card has a token', () => {
  assert.equal(decideSkip(row, earlier({ isUnresolved: true })), 'unresolved');
  assert.equal(decideSkip(row, earlier({ isUnresolved: true, tokens: [otherToken] })), 'unresolved');
  const decision = decideSkip(row, earlier({ isUnresolved: true, tokens: [token] }));
  assert.deepEqual(typeof decision === 'object' && decision.kind, 'skipped');
});

test('a row that earlier results do not mention is sent', () => {
  assert.equal(decideSkip(row, undefined), undefined);
  assert.equal(applySkip(row, undefined), row);
});

test('a rejected row is skipped if its card has a token, and keeps its own codes otherwise', () => {
  const decision = decideSkip(rejected(), earlier({ tokens: [token] }));
  assert.deepEqual(typeof decision === 'object' && decision.kind, 'skipped');
  assert.equal(decideSkip(rejected(), earlier({ tokens: [otherToken] })), undefined);
  assert.equal(decideSkip(rejected({ maskedCard: '' }), earlier({ tokens: [token] })), undefined);
});

test('a second row with a reference stays rejected, because the token belongs to the first', () => {
  const second = rejected({ errorCodes: ['merchant_ref_duplicate'] });
  assert.equal(decideSkip(second, earlier({ tokens: [token] })), undefined);
});

test('a changed card is sent only by a redrive that names its code and has the file', () => {
  const line = { outcome: 'rejected', errorCode: 'card_changed' } as const;
  const may = (only: readonly string[] | undefined, hasFile: boolean): boolean =>
    mayBeSentAgain(line, { includesSoftDeclines: false, hasFile, ...definedOf({ only }) });
  assert.deepEqual(
    [
      may(undefined, true),
      may(['card_expired'], true),
      may(['card_changed'], false),
      may(['card_changed'], true),
    ],
    [false, false, false, true],
  );
  const skipped = { outcome: 'skipped', errorCode: 'already_tokenized' } as const;
  assert.equal(mayBeSentAgain(skipped, { includesSoftDeclines: true, hasFile: true }), false);
});
