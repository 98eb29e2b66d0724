import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redactAnswer } from '../../../src/gateway/answer-fields.ts';
import { createAnswerRedactors } from '../../../src/gateway/answer-redactors.ts';
import type { PaymentAnswer } from '../../../src/gateway/exchange.ts';
import { readJsonObject } from '../../../src/gateway/lenient-json.ts';
import { findAnswer } from '../../../src/gateway/payment-options/find-answer.ts';

const card = '4000000000001091';
const sent = { merchantTxnRef: 'abcdefghijkl-p1-r1-n1', amount: '100', currency: 'JPY' };
const redactors = createAnswerRedactors({ authorization: 'Basic simulator', apiKey: 'simulator' });
const readText = (text: string): PaymentAnswer | undefined => {
  const object = readJsonObject(text);
  return object === undefined ? undefined : redactAnswer(findAnswer(object), sent, redactors.of(card));
};
const read = (body: unknown): PaymentAnswer | undefined => readText(JSON.stringify(body));

/** The API's sample answer, with its oddities: a null risk score, a numeric amount. */
const sample = {
  success: true,
  status_code: 201,
  is_live: false,
  transaction_type: 'CAPTURE',
  gateway_response: { type: 'Success', message: 'Payment Successful.', code: 'INFO0000' },
  payment_details: {
    amount: 100,
    response_code: 0,
    scheme: 'VISA',
    card: { number: '400000XXXXXX1091', name: 'Aiko Example' },
  },
  transaction_details: { id: 'txn-1', ref: null, stored_payment_method_id: 'pm-1' },
  'risk-details': { risk_score: null },
};

test('the API’s sample answer is read', () => {
  assert.deepEqual(read(sample), {
    success: true,
    isLive: false,
    gatewayCode: 'INFO0000',
    gatewayMessage: 'Payment Successful.',
    responseCode: 0,
    scheme: 'VISA',
    transactionId: 'txn-1',
    storedPaymentMethodId: 'pm-1',
  });
});

for (const body of ['', ' ', 'null', 'true', '1', '"text"', '[]', '<html></html>', '\u0000']) {
  test(`a body that is not a JSON object is not an answer: ${JSON.stringify(body)}`, () => {
    assert.equal(readText(body), undefined);
  });
}

for (const [value, success] of [
  [true, true],
  [false, false],
  ['true', true],
  ['False', false],
  ['yes', undefined],
  [1, undefined],
  [0, undefined],
  [null, undefined],
  [{}, undefined],
] as const) {
  test(`success ${JSON.stringify(value)} reads as ${success}`, () => {
    assert.equal(read({ success: value })?.success, success);
    assert.equal(read({ is_live: value })?.isLive, success);
  });
}

for (const [value, responseCode] of [
  [0, 0],
  ['0', 0],
  ['-8004', -8_004],
  ['0051', 51],
  [1.5, undefined],
  ['', undefined],
  ['51a', undefined],
  ['12345678901', undefined],
  [null, undefined],
  [[51], undefined],
] as const) {
  test(`response_code ${JSON.stringify(value)} reads as ${responseCode}`, () => {
    assert.equal(read({ payment_details: { response_code: value } })?.responseCode, responseCode);
  });
}

test('a section or a field of an unusable form is absent, and the others are read', () => {
  assert.deepEqual(
    read({
      ...sample,
      gateway_response: 'oops',
      payment_details: null,
      transaction_details: { id: {}, stored_payment_method_id: 'pm-1' },
    }),
    { success: true, isLive: false, storedPaymentMethodId: 'pm-1' },
  );
});

for (const [value, kept] of [
  ['pm-1', 'pm-1'],
  [' pm-1\n', 'pm-1'],
  ['x'.repeat(16_384), 'x'.repeat(16_384)],
  // Long digit runs are no reason to lose a token.
  ['98765432109876543210', '98765432109876543210'],
  [1_234_567, '1234567'],
  ['pm 1', 'pm 1'],
  ['支払', '支払'],
  [1.5, undefined],
  ['', undefined],
  [null, undefined],
] as const) {
  test(`a stored_payment_method_id ${JSON.stringify(value).slice(0, 40)} is kept as ${String(kept).slice(0, 20)}`, () => {
    const answer = read({ transaction_details: { id: value, stored_payment_method_id: value } });
    assert.equal(answer?.storedPaymentMethodId, kept);
    assert.equal(answer?.transactionId, kept);
    assert.equal(answer?.unusableToken, undefined);
  });
}

for (const [value, says] of [
  ['pm\n1', 'The token has characters that no id has: "pm\\n1"'],
  ['pm\u200b1', 'The token has characters that no id has: "pm\\u{200b}1"'],
  ['x'.repeat(16_385), 'is not shown'],
  [card, 'is not shown'],
  [`pm-${card}`, 'is not shown'],
  ['4000-0000-0000-1091', 'is not shown'],
] as const) {
  test(`a token ${JSON.stringify(value).slice(0, 40)} is not kept, and the answer reports that it had one`, () => {
    const answer = read({ transaction_details: { id: value, stored_payment_method_id: value } });
    assert.deepEqual([answer?.storedPaymentMethodId, answer?.transactionId], [undefined, undefined]);
    assert.ok(answer?.unusableToken?.includes(says), answer?.unusableToken);
    assert.equal(answer?.hasUnusableTransactionId, true);
  });
}

test('an integer too large for a number keeps every digit', () => {
  const text =
    '{"transaction_details":{"id":98765432109876543210,"stored_payment_method_id":9007199254740993}}';
  assert.deepEqual(readText(text), {
    transactionId: '98765432109876543210',
    storedPaymentMethodId: '9007199254740993',
  });
});

for (const [what, body] of [
  ['at the top', { stored_payment_method_id: 'pm-1' }],
  ['in another section', { payment_details: { card: { stored_payment_method_id: 'pm-1' } } }],
  ['in a list', { transaction_details: [{ stored_payment_method_id: 'pm-1' }] }],
] as const) {
  test(`a token ${what} is found, and marked as misplaced`, () => {
    assert.deepEqual(read(body), { storedPaymentMethodId: 'pm-1', isTokenMisplaced: true });
  });
}

test('two different tokens in one answer are marked as misplaced', () => {
  const answer = read({
    stored_payment_method_id: 'pm-2',
    transaction_details: { stored_payment_method_id: 'pm-1' },
  });
  assert.deepEqual(answer, { storedPaymentMethodId: 'pm-1', isTokenMisplaced: true });
});

for (const [what, body, foreignRefs] of [
  ['its own in both places', ['abcdefghijkl-p1-r1-n1', 'ABCDEFGHIJKL-p1-r1-n1'], undefined],
  ['another in one place', ['abcdefghijkl-p1-r1-n1', 'abcdefghijkl-p1-r2-n1'], ['abcdefghijkl-p1-r2-n1']],
  ['another in both places', ['other', 'other'], ['other']],
  ['an empty one', ['', ' '], undefined],
  ['a card number', [card, card], ['[not shown]']],
] as const) {
  test(`an answer that names ${what} says whose it is`, () => {
    const [merchant, transaction] = body;
    const answer = read({
      merchant_details: { merchant_txn_ref: merchant },
      transaction_details: { merchant_txn_ref: transaction },
    });
    assert.deepEqual(answer?.foreignRefs, foreignRefs);
  });
}

for (const [what, payment, isOther] of [
  ['the same', { amount: 100, currency: 'JPY' }, false],
  ['the same as a text', { amount: '100.00', currency: 'jpy' }, false],
  ['another amount', { amount: 10_000, currency: 'JPY' }, true],
  ['another currency', { amount: 100, currency: 'USD' }, true],
  ['no amount', { currency: 'JPY' }, false],
  ['something that is no amount', { amount: 'n/a', currency: '392' }, false],
] as const) {
  test(`an answer that reports ${what} as charged ${isOther ? 'differs from' : 'agrees with'} the request`, () => {
    assert.equal(read({ payment_details: payment })?.otherCharge !== undefined, isOther);
  });
}

test('a page for the cardholder is found wherever the answer names it', () => {
  const page = 'https://bank.example/3ds';
  for (const body of [
    { redirect_url: page },
    { url: page },
    { transaction_details: { redirect_url: page } },
  ]) {
    assert.equal(read(body)?.hasRedirect, true);
  }
  for (const body of [{ redirect_url: '' }, { redirect_url: null }, { url: 5 }]) {
    assert.equal(read(body)?.hasRedirect, undefined);
  }
});

test('texts are scrubbed and truncated, and nothing beyond the allow-list is kept', () => {
  const answer = read({
    gateway_response: { code: `E${card}`, message: `Card ${card} refused. ${'long '.repeat(100)}` },
    payment_details: { scheme: card, card: { number: card, cvc: '123' } },
    extra: card,
  });
  assert.ok((answer?.gatewayMessage?.length ?? 999) <= 200);
  assert.ok(!JSON.stringify(answer).includes('4000'));
  assert.deepEqual(Object.keys(answer ?? {}), ['gatewayMessage']);
});

test('no answer of any shape throws or lets the card number through', () => {
  const leaf = fc.oneof(
    fc.constantFrom(card, `x${card}y`, '4000 0000 0000 1091', true, null, 0),
    fc.string(),
  );
  const section = fc.dictionary(
    fc.constantFrom(
      'code',
      'message',
      'response_code',
      'scheme',
      'id',
      'stored_payment_method_id',
      'redirect_url',
    ),
    leaf,
  );
  const body = fc.record(
    {
      success: leaf,
      is_live: leaf,
      url: leaf,
      gateway_response: fc.oneof(section, leaf),
      payment_details: fc.oneof(section, leaf),
      transaction_details: fc.oneof(section, leaf),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(body, (value) => {
      const text = JSON.stringify(read(value));
      assert.ok(!text.replace(/[ -]/g, '').includes(card));
    }),
    { numRuns: 500 },
  );
});

for (const [body, text] of [
  [{ gateway_response: { message: 'one' }, message: 'two' }, 'one'],
  [{ message: 'two', error: 'three' }, 'two'],
  [{ error: 'three' }, 'three'],
  [{ detail: 'four' }, 'four'],
  [{ title: 'five' }, 'five'],
  [{ error: { nested: 'x' } }, undefined],
  [{ message: '' }, undefined],
  [{ message: `No card ${card}` }, 'No card [digits removed]'],
] as const) {
  test(`an error body ${JSON.stringify(body).slice(0, 60)} says ${text}`, () => {
    assert.equal(read(body)?.gatewayMessage, text);
  });
}
