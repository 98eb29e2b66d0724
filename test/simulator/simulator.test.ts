import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import type { SimulatorOptions } from '../../src/simulator/settings.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import {
  createPaymentRequest,
  type PlainAnswer,
  type PlainRequest,
  parseAnswer,
  sendPlain,
} from './gateway-requests.ts';

interface Running {
  readonly simulator: Simulator;
  readonly baseUrl: string;
  send(plain: PlainRequest): Promise<PlainAnswer>;
  pay(cardNumber: string, txnRef: string): Promise<PlainAnswer>;
}

async function startSimulator(t: TestContext, options: SimulatorOptions = {}): Promise<Running> {
  const simulator = createSimulator(options);
  t.after(() => simulator.close());
  const { baseUrl } = await simulator.listen(0);
  const send = (plain: PlainRequest) => sendPlain(baseUrl, plain);
  return {
    simulator,
    baseUrl,
    send,
    pay: (cardNumber, txnRef) => send({ body: JSON.stringify(createPaymentRequest(cardNumber, txnRef)) }),
  };
}

const goodBody = JSON.stringify(createPaymentRequest('4111111111111111', 'ref-1'));
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('A payment is answered 201 with every field of the API, and recorded in the ledger as answered', async (t) => {
  const { pay, simulator } = await startSimulator(t);
  const answer = await pay('4111111111111111', 'ref-1');
  assert.equal(answer.status, 201);
  const body = parseAnswer(answer.text);
  assert.deepEqual(Object.keys(body), [
    'success',
    'status_code',
    'is_live',
    'transaction_type',
    'gateway_response',
    'merchant_details',
    'payment_details',
    'transaction_details',
    'risk-details',
  ]);
  assert.equal(body.success, true);
  assert.equal(body.is_live, false);
  assert.equal(body.payment_details.card.number, '411111******1111');
  assert.equal(body.payment_details.amount, 1000);
  assert.equal(body.payment_details.scheme, 'VISA');
  assert.equal(body.transaction_details.merchant_txn_ref, 'ref-1');
  assert.match(body.transaction_details.stored_payment_method_id ?? '', uuid);
  assert.match(body.transaction_details.id, uuid);
  assert.ok(!answer.text.includes('4111111111111111'));

  const [charge, ...others] = simulator.ledger().charges;
  assert.equal(others.length, 0);
  assert.equal(charge?.storedPaymentMethodId, body.transaction_details.stored_payment_method_id);
  assert.equal(charge?.transactionId, body.transaction_details.id);
  assert.equal(charge?.merchantTxnRef, 'ref-1');
  assert.equal(charge?.cardLast4, '1111');
  assert.equal(charge?.amount, '1000');
  assert.equal(charge?.answered, true);
});

const refusals: [string, PlainRequest, number, RegExp][] = [
  ['another path', { path: '/api/v1/payment' }, 404, /path/],
  ['a query behind the path', { path: '/api/v1/server-to-server-interface/payment?x=1' }, 404, /path/],
  ['another method', { method: 'PUT' }, 405, /POST/],
  ['a wrong Authorization', { headers: { authorization: 'Basic other' } }, 401, /Unauthorized/],
  ['a wrong x-api-key', { headers: { 'x-api-key': 'other' } }, 401, /Unauthorized/],
  ['another content type', { headers: { 'content-type': 'text/plain' } }, 415, /json/],
  ['a body that is no JSON', { body: '{"amount":' }, 400, /body$/],
  ['a body that is no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, /body$/],
  ['a body that is too large', { body: 'x'.repeat(70_000) }, 413, /large/],
  ['a missing field', { body: goodBody.replace('"currency":"JPY",', '') }, 400, /: currency$/],
  ['a field that is too long', { body: goodBody.replace('4111', '41111111') }, 400, /: card.number$/],
  ['an unknown field', { body: goodBody.replace('"amount"', '"extra":1,"amount"') }, 400, /: extra$/],
  ['a card number that fails the Luhn check', { body: goodBody.replace('1111"', '1112"') }, 406, /card/],
];

for (const [circumstance, plain, status, message] of refusals) {
  test(`A request with ${circumstance} is refused with ${status}, and charges nothing`, async (t) => {
    const { send, simulator } = await startSimulator(t);
    const answer = await send({ body: goodBody, ...plain });
    assert.equal(answer.status, status);
    const body = parseAnswer(answer.text);
    assert.equal(body.success, false);
    assert.match(body.gateway_response.message, message);
    assert.doesNotMatch(answer.text, /\d{12}/);
    assert.equal(simulator.ledger().charges.length, 0);
  });
}

test('An expired card is declined with code 54, and not charged', async (t) => {
  const { send, simulator } = await startSimulator(t);
  const answer = await send({ body: goodBody.replace('"2039"', '"20"') });
  assert.equal(parseAnswer(answer.text).payment_details.response_code, 54);
  assert.equal(simulator.ledger().charges.length, 0);
});

test('A payment that does not request storing gets no stored id', async (t) => {
  const { send, simulator } = await startSimulator(t);
  const answer = await send({
    body: goodBody.replace('"store_payment_method":true', '"store_payment_method":false'),
  });
  assert.equal(parseAnswer(answer.text).transaction_details.stored_payment_method_id, undefined);
  assert.equal(simulator.ledger().charges[0]?.storedPaymentMethodId, null);
});

test('Other keys are accepted if the options name them', async (t) => {
  const { send } = await startSimulator(t, { authorization: 'Basic mine', xApiKey: 'mine' });
  assert.equal((await send({ body: goodBody })).status, 401);
  const headers = { authorization: 'Basic mine', 'x-api-key': 'mine' };
  assert.equal((await send({ body: goodBody, headers })).status, 201);
});

test('A request whose sender leaves before the last byte is not processed', async (t) => {
  const { baseUrl, simulator } = await startSimulator(t);
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
  socket.write(
    'POST /api/v1/server-to-server-interface/payment HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
      `authorization: Basic simulator\r\nx-api-key: simulator\r\ncontent-length: ${goodBody.length}\r\n\r\n${goodBody.slice(0, -1)}`,
  );
  await until(() => simulator.stats().requests === 1);
  socket.destroy();
  await until(() => simulator.stats().incomplete === 1);
  assert.equal(simulator.ledger().charges.length, 0);
});

test('A charge whose sender left before the answer stays unanswered', async (t) => {
  const { send, simulator } = await startSimulator(t, { settings: { latencyMs: 400 } });
  const leaving = new AbortController();
  const sent = send({ body: goodBody, signal: leaving.signal });
  await until(() => simulator.ledger().charges.length === 1);
  leaving.abort();
  await assert.rejects(sent);
  await until(() => simulator.stats().byStatus['201'] === 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(simulator.ledger().charges[0]?.answered, false);
});

test('One connection serves many requests', async (t) => {
  const { send } = await startSimulator(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (let index = 0; index < 5; index += 1) {
    const answer = await send({ body: goodBody, agent });
    assert.equal(answer.headers.connection, 'keep-alive');
  }
  assert.equal(Object.values(agent.freeSockets).flat().length, 1);
});

test('Above the rate limit requests get 429 with Retry-After, charge nothing and are counted', async (t) => {
  const { pay, simulator } = await startSimulator(t, { settings: { ratePerS: 3 } });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => pay(generatedCardNumber(index), `ref-${index}`)),
  );
  const refused = answers.filter((answer) => answer.status === 429);
  assert.equal(refused.length, 7);
  assert.ok(refused.every((answer) => answer.headers['retry-after'] === '1'));
  const stats = simulator.stats();
  assert.equal(stats.limiterRefusals, 7);
  assert.equal(stats.maxPerSecond, 10);
  assert.equal(stats.charges, 3);
});

test('A reference that is sent again gets a new draw, the same one for the same seed', async (t) => {
  const sends = 40;
  const statusesOf = async (): Promise<number[]> => {
    const { pay } = await startSimulator(t, { seed: 3, faults: { 'status-502': 0.5 } });
    const statuses: number[] = [];
    for (let send = 0; send < sends; send += 1) {
      statuses.push((await pay('4111111111111111', 'the-same')).status);
    }
    return statuses;
  };
  const first = await statusesOf();
  assert.ok(first.includes(201) && first.includes(502), `${first}`);
  assert.deepEqual(await statusesOf(), first);
});

test('Random faults hit the same references for the same seed, in any order', async (t) => {
  const options = { seed: 7, faults: { 'declined-hard': 0.5 } };
  const refs = Array.from({ length: 40 }, (_, index) => `ref-${index}`);
  const hitsOf = async (order: readonly string[]): Promise<string[]> => {
    const { pay } = await startSimulator(t, options);
    const answers = await Promise.all(
      order.map(async (ref) => ({ ref, answer: await pay('4111111111111111', ref) })),
    );
    return answers
      .filter(({ answer }) => answer.status === 200)
      .map(({ ref }) => ref)
      .sort();
  };
  const hits = await hitsOf(refs);
  assert.ok(hits.length > 5 && hits.length < 35);
  assert.deepEqual(await hitsOf(refs.toReversed()), hits);
});

test('Stats count cards charged more than once, and repeated references', async (t) => {
  const { pay, simulator } = await startSimulator(t);
  await pay(generatedCardNumber(1), 'ref-1');
  await pay(generatedCardNumber(1), 'ref-1');
  await pay(generatedCardNumber(2), 'ref-2');
  const { cardsChargedTwice, distinctCards, charges, repeatedTxnRefs } = simulator.stats();
  assert.deepEqual(
    { cardsChargedTwice, distinctCards, charges, repeatedTxnRefs },
    { cardsChargedTwice: 1, distinctCards: 2, charges: 3, repeatedTxnRefs: 1 },
  );
});

test('Closing ends a hanging request', async (t) => {
  const { pay, simulator } = await startSimulator(t);
  const hanging = pay(generatedCardNumber(1, 'hang'), 'ref-1');
  const lost = assert.rejects(hanging);
  await until(() => simulator.stats().unanswered === 1);
  await simulator.close();
  await lost;
});

test('Listening fails if the port is taken', async (t) => {
  const { baseUrl } = await startSimulator(t);
  const other = createSimulator();
  t.after(() => other.close());
  await assert.rejects(other.listen(Number(new URL(baseUrl).port)), { code: 'EADDRINUSE' });
});

for (const [circumstance, options] of [
  ['an unknown fault', { faults: { bogus: 0.1 } }],
  ['shares above 1', { faults: { hang: 0.6, slow: 0.6 } }],
  ['an unknown switch', { settings: { speed: 1 } }],
] as const) {
  test(`Options with ${circumstance} are refused at once`, () => {
    assert.throws(() => createSimulator(options as SimulatorOptions));
  });
}

test('The server keeps idle connections open for as long as the client wants', async (t) => {
  const { baseUrl } = await startSimulator(t);
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write('GET /simulator/stats HTTP/1.1\r\nhost: x\r\n\r\n');
  const [first] = (await once(socket, 'data')) as [Buffer];
  // A Keep-Alive header would announce that the server closes.
  assert.doesNotMatch(first.toString(), /^keep-alive:/im);
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
