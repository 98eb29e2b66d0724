/*
 * Numbers and sizes that a gateway may put anywhere: no card digits pass, and no answer keeps the
 * process busy.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExchange } from '../../src/gateway/answer-reading.ts';
import { createAnswerRedactors } from '../../src/gateway/answer-redactors.ts';
import { createPaymentOptionsApi } from '../../src/gateway/payment-options/api.ts';
import { cpuMsOf } from '../support/cpu-time.ts';

const card = '4000000000001091';
const sent = { merchantTxnRef: 'abcdefghijkl-p1-r1-n1', amount: '100', currency: 'JPY' };
const keys = { authorization: 'Basic bWVyY2hhbnQ6c2VjcmV0LXBhc3M=', apiKey: 'key-abcdef-WXYZ-secret' };
const redactors = createAnswerRedactors(keys);

function read(body: string, status = 201) {
  const bytes = Buffer.from(body);
  return readExchange(
    { status, headers: {}, body: bytes, received: bytes, end: 'complete' },
    sent,
    redactors.of(card),
    createPaymentOptionsApi(keys),
  );
}

for (const payment of [
  `"response_code":${card}`,
  `"response_code":"${card}"`,
  '"response_code":400000000',
  `"amount":${card}`,
  `"amount":"40000000.00001091"`,
  `"amount":"${card.slice(0, 15)}.${card.slice(15)}"`,
]) {
  test(`the payment details ${payment} bring no digits of the card into the exchange`, () => {
    const { raw: _, ...kept } = read(`{"success":true,"payment_details":{${payment}}}`) as { raw?: unknown };
    assert.ok(!JSON.stringify(kept).replace(/\D/g, '').includes('0000000000'), JSON.stringify(kept));
  });
}

test('a card split over token and transaction id is not kept in either order', () => {
  for (const [token, transaction] of [
    ['pm-40000000', 'tx-00001091'],
    ['pm-00001091', 'tx-40000000'],
  ]) {
    const ids = `{"id":"${transaction}","stored_payment_method_id":"${token}"}`;
    const exchange = read(
      `{"success":true,"gateway_response":{"code":"INFO0000"},"transaction_details":${ids}}`,
    );
    assert.ok(exchange.kind === 'answered');
    assert.deepEqual(
      [exchange.answer?.storedPaymentMethodId, exchange.answer?.transactionId],
      [token, undefined],
    );
    assert.equal(exchange.answer?.gatewayCode, 'INFO0000');
  }
});

test('the kept bytes of an answer contain no keys', () => {
  const exchange = read(`{"headers":${JSON.stringify(keys)}}`, 502);
  const text = String('raw' in exchange ? Buffer.from(exchange.raw ?? []) : '');
  assert.match(text, /headers/);
  for (const key of ['bWVyY2hhbnQ6c2VjcmV0LXBhc3M=', 'secret-pass', keys.apiKey])
    assert.ok(!text.includes(key));
});

const long = 900_000;
for (const [what, body] of [
  ['quotes and a last backslash', `{"a":"${'\\"'.repeat(100_000)}\\`],
  ['many backslashes', `{"a":"${'\\'.repeat(long)}`],
  ['a message of single digits', JSON.stringify({ message: '1-'.repeat(long / 2) })],
  ['a message of hex', JSON.stringify({ message: '4f'.repeat(long / 2) })],
  ['a message of base64', JSON.stringify({ message: 'QUJD'.repeat(long / 4) })],
  ['a message of JSON', JSON.stringify({ message: JSON.stringify({ a: 'b'.repeat(40) }).repeat(18_000) })],
  ['a message of uuids', JSON.stringify({ message: '0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f '.repeat(24_000) })],
  [
    'a token of a megabyte',
    JSON.stringify({ transaction_details: { stored_payment_method_id: 'a1'.repeat(long / 2) } }),
  ],
] as const) {
  test(`an answer with ${what} is read in a fraction of the time that the rows around it may wait`, () => {
    const cpuMs = cpuMsOf(() => read(body));
    // Quadratic reading took 10 s and more; linear reading takes less than 0.1 s.
    assert.ok(cpuMs < 5_000, `${cpuMs} ms`);
  });
}
