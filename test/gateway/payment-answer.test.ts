import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PaymentAnswer } from '../../src/domain/exchange.ts';
import { readErrorText, readPaymentAnswer } from '../../src/gateway/payment-answer.ts';

const card = '4000000000001091';
const asItIs = (text: string): string => text;
const read = (body: unknown): PaymentAnswer | undefined =>
  readPaymentAnswer(JSON.stringify(body), card, asItIs);

/** The API's sample answer, with its oddities: a risk score that is null, an amount that is a number. */
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

for (const body of [
  '',
  ' ',
  'null',
  'true',
  '1',
  '"text"',
  '[]',
  '[{"success":true}]',
  '{"success":true',
  '<html></html>',
  '\u0000',
]) {
  test(`a body that is no JSON object is no answer: ${JSON.stringify(body)}`, () => {
    assert.equal(readPaymentAnswer(body, card, asItIs), undefined);
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
  ['x'.repeat(1_024), 'x'.repeat(1_024)],
  // Long runs of digits are no reason to lose a token.
  ['98765432109876543210', '98765432109876543210'],
  [1_234_567, '1234567'],
  // JSON.parse has already lost its last digits: a wrong id is worse than none.
  [98_765_432_109_876_540_000, undefined],
  [1.5, undefined],
  ['', undefined],
  ['x'.repeat(1_025), undefined],
  ['pm 1', undefined],
  ['pm\n1', undefined],
  ['支払', undefined],
  [null, undefined],
  [card, undefined],
  [`pm-${card}`, undefined],
  ['4000-0000-0000-1091', undefined],
] as const) {
  test(`a stored_payment_method_id ${JSON.stringify(value).slice(0, 40)} is kept to the letter or not at all`, () => {
    const answer = read({ transaction_details: { id: value, stored_payment_method_id: value } });
    assert.equal(answer?.storedPaymentMethodId, kept);
    assert.equal(answer?.transactionId, kept);
  });
}

test('a page for the cardholder is seen wherever the answer names it', () => {
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

test('texts are scrubbed and cut, and nothing beyond the allow-list is kept', () => {
  const answer = read({
    gateway_response: { code: `E${card}`, message: `Card ${card} refused. ${'long '.repeat(100)}` },
    payment_details: { scheme: card, card: { number: card, cvc: '123' } },
    extra: card,
  });
  assert.ok((answer?.gatewayMessage?.length ?? 999) <= 200);
  assert.ok(!JSON.stringify(answer).includes('4000'));
  assert.deepEqual(Object.keys(answer ?? {}).sort(), ['gatewayCode', 'gatewayMessage', 'scheme']);
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
      const text = JSON.stringify([read(value), readErrorText(JSON.stringify(value), asItIs)]);
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
    assert.equal(readErrorText(JSON.stringify(body), asItIs), text);
  });
}

test('an error body that is no JSON says nothing, so that a page of HTML is not kept', () => {
  for (const body of ['', '<html>4000000000001091</html>', '[]', 'null']) {
    assert.equal(readErrorText(body, asItIs), undefined);
  }
});
