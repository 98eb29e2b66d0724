import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import type { SendableRow } from '../../src/domain/staged-row.ts';
import { answerGraceMs } from '../../src/gateway/http-gateway.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { createSendableRow } from '../support/batches.ts';
import { createPaymentOptionsGateway, type PaymentOptionsTarget } from '../support/payment-options.ts';
import { readRequestBody, startHttpServer, startTcpServer } from '../support/tcp-servers.ts';
import { withoutRaw } from './exchanges.ts';

const keys = { authorization: 'Basic simulator', apiKey: 'simulator' };

function openGateway(t: TestContext, options: PaymentOptionsTarget) {
  const gateway = createPaymentOptionsGateway({ ...keys, ...options });
  t.after(() => gateway.close());
  let sends = 0;
  return (row: SendableRow = createSendableRow(1), timeoutMs = 5_000) => {
    sends += 1;
    const asked = { row, merchantId: 'merchant', merchantTxnRef: `ref-${sends}`, timeoutMs };
    return gateway.tokenize(asked).then(({ exchange }) => withoutRaw(exchange));
  };
}

/** A gateway's client against the test's own server. */
async function openOwn(t: TestContext, listener: RequestListener) {
  const server = await startHttpServer(t, listener);
  return { ...server, send: openGateway(t, { baseUrl: `http://127.0.0.1:${server.port}` }) };
}

/** The requests that reached a server, and the answer that the first one waits for. */
function createArrival() {
  let arrive: (response: ServerResponse) => void = () => undefined;
  const first = new Promise<ServerResponse>((resolve) => {
    arrive = resolve;
  });
  return {
    first,
    count: 0,
    take(response: ServerResponse) {
      this.count += 1;
      arrive(response);
    },
  };
}

/** Runs everything that waits only for the event loop. */
async function runEventLoop(): Promise<void> {
  for (let iteration = 0; iteration < 50; iteration += 1) await nextImmediate();
}

function answerJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const paid = { success: true, transaction_details: { id: 'txn-1', stored_payment_method_id: 'pm-1' } };
const readPaid = { success: true, transactionId: 'txn-1', storedPaymentMethodId: 'pm-1' };

const fullRow = createSendableRow(2, {
  cardholderName: '山田 太郎',
  customerIp: '203.0.113.7',
  timeZone: 'Asia/Tokyo',
  billing: {
    country: 'JP',
    email: 'a@example.com',
    phone_number: '+81 3 1234 5678',
    address1: '1-1 Chiyoda',
    city: '東京',
    state: '13',
    postal_code: '100-0001',
  },
  shipping: { city: 'Osaka' },
});

test('the simulator, which checks every request against the API, charges a row with all fields and one with the fewest', async (t) => {
  const simulator = createSimulator();
  const { baseUrl } = await simulator.listen(0);
  t.after(() => simulator.close());
  const send = openGateway(t, { baseUrl });
  for (const row of [fullRow, createSendableRow(3)]) {
    const exchange = await send(row);
    assert.ok(exchange.kind === 'answered' && exchange.status === 201);
    assert.equal(exchange.answer?.success, true);
    assert.ok((exchange.answer?.storedPaymentMethodId?.length ?? 0) > 10);
  }
  assert.deepEqual(
    simulator.ledger().charges.map(({ merchantTxnRef, amount }) => [merchantTxnRef, amount]),
    [
      ['ref-1', '100'],
      ['ref-2', '100'],
    ],
  );
});

test('a request carries the keys verbatim and exactly the fields of the API, no CVC among them', async (t) => {
  const requests: { readonly target: string; readonly headers: IncomingHttpHeaders }[] = [];
  const bodies: unknown[] = [];
  const { port } = await startHttpServer(t, async (request, response) => {
    requests.push({ target: `${request.method} ${request.url}`, headers: request.headers });
    bodies.push(JSON.parse(await readRequestBody(request)));
    answerJson(response, 201, paid);
  });
  const send = openGateway(t, {
    baseUrl: `http://127.0.0.1:${port}/v2`,
    authorization: 'Basic  kEy==: not base64',
    apiKey: 'api key/+=',
  });
  await send(fullRow);
  await send(createSendableRow(3));
  const [first] = requests;
  assert.equal(first?.target, 'POST /v2/api/v1/server-to-server-interface/payment');
  assert.equal(first?.headers.authorization, 'Basic  kEy==: not base64');
  assert.equal(first?.headers['x-api-key'], 'api key/+=');
  assert.equal(first?.headers['content-type'], 'application/json');
  assert.deepEqual(bodies, [
    {
      amount: '100',
      currency: 'JPY',
      card: { number: generatedCardNumber(2), expiry_month: '12', expiry_year: '2039', name: '山田 太郎' },
      payment_method: { type: 'scheme', store_payment_method: true },
      merchant_txn_ref: 'ref-1',
      customer_ip: '203.0.113.7',
      merchant_id: 'merchant',
      billing_address: fullRow.billing,
      shipping_address: { city: 'Osaka' },
      time_zone: 'Asia/Tokyo',
    },
    {
      amount: '100',
      currency: 'JPY',
      card: { number: generatedCardNumber(3), expiry_month: '12', expiry_year: '2039' },
      payment_method: { type: 'scheme', store_payment_method: true },
      merchant_txn_ref: 'ref-2',
      merchant_id: 'merchant',
      billing_address: {},
    },
  ]);
});

test('a redirect is an answer, and its target never sees a request', async (t) => {
  let atTarget = 0;
  const target = await startHttpServer(t, (_, response) => {
    atTarget += 1;
    answerJson(response, 201, paid);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const { send } = await openOwn(t, (_, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${target.port}/payment` }).end();
    });
    assert.deepEqual(await send(), { kind: 'answered', status });
  }
  assert.equal(atTarget, 0);
});

test('an answer after the time-out, but within the grace, is still read', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const arrived = createArrival();
  const { send } = await openOwn(t, (_, response) => arrived.take(response));
  const exchange = send(createSendableRow(1), 100);
  const response = await arrived.first;
  t.mock.timers.tick(100);
  t.mock.timers.tick(answerGraceMs - 1);
  answerJson(response, 201, paid);
  assert.deepEqual(await exchange, { kind: 'answered', status: 201, answer: readPaid });
});

test('without an answer the wait ends after time-out and grace, and the request is sent once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const arrived = createArrival();
  const { send } = await openOwn(t, (_, response) => arrived.take(response));
  let isOver = false;
  const exchange = send(createSendableRow(1), 100).finally(() => {
    isOver = true;
  });
  await arrived.first;
  t.mock.timers.tick(100);
  t.mock.timers.tick(answerGraceMs - 1);
  await runEventLoop();
  assert.equal(isOver, false, 'the grace is not over');
  t.mock.timers.tick(1);
  assert.deepEqual(await exchange, { kind: 'no_answer', cause: 'timeout' });
  assert.equal(arrived.count, 1);
});

test('a body that never ends is a time-out, not an endless wait', async (t) => {
  const { send } = await openOwn(t, (_, response) => {
    response.writeHead(201, { 'content-type': 'application/json' });
    response.write('{"success": true,');
  });
  // The result reports success, which is evidence.
  assert.deepEqual(await send(createSendableRow(1), 100), {
    kind: 'no_answer',
    cause: 'timeout',
    answer: { success: true },
  });
});

test('a truncated payment answer is not an answer, and the received part of any answer is read', async (t) => {
  for (const [status, expected] of [
    [201, { kind: 'no_answer', cause: 'connection_lost', answer: { success: true } }],
    [200, { kind: 'no_answer', cause: 'connection_lost', answer: { success: true } }],
    [401, { kind: 'answered', status: 401, answer: { success: true }, isCutOff: true }],
    [500, { kind: 'answered', status: 500, answer: { success: true }, isCutOff: true }],
  ] as const) {
    const { send } = await openOwn(t, (_, response) => {
      response.writeHead(status, { 'content-length': '1000' });
      response.write('{"success": true,', () => response.destroy());
    });
    assert.deepEqual(await send(), expected);
  }
});

test('of a body of more than a megabyte the beginning is read', async (t) => {
  const { send } = await openOwn(t, (_, response) => {
    answerJson(response, 201, { ...paid, padding: 'x'.repeat(1_100_000) });
  });
  assert.deepEqual(await send(), { kind: 'answered', status: 201, answer: readPaid, isCutOff: true });
});

test('a body that is not JSON is an answer without a readable part', async (t) => {
  const { send } = await openOwn(t, (_, response) => {
    response.writeHead(201).end('<html>Payment Successful</html>');
  });
  assert.deepEqual(await send(), { kind: 'answered', status: 201 });
});

test('an interim answer is skipped, and the final one is read', async (t) => {
  const { send } = await openOwn(t, (_, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    answerJson(response, 201, paid);
  });
  assert.deepEqual(await send(), { kind: 'answered', status: 201, answer: readPaid });
});

test('an error answer carries its retry delay and its scrubbed message', async (t) => {
  const card = generatedCardNumber(1);
  const { send } = await openOwn(t, (_, response) => {
    answerJson(response, 503, { message: `Card ${card} cannot be taken now` }, { 'retry-after': '2' });
  });
  assert.deepEqual(await send(), {
    kind: 'answered',
    status: 503,
    retryAfterMs: 2_000,
    answer: { gatewayMessage: 'Card [digits removed] cannot be taken now' },
  });
});

test('a gateway that repeats the whole card number leaves no trace of it in the exchange', async (t) => {
  const simulator = createSimulator();
  const { baseUrl } = await simulator.listen(0);
  t.after(() => simulator.close());
  const cardNumber = generatedCardNumber(5, 'pan-echo');
  const exchange = await openGateway(t, { baseUrl })(createSendableRow(5, { cardNumber }));
  assert.ok(exchange.kind === 'answered' && exchange.answer?.success === true);
  assert.ok(!JSON.stringify(exchange).replace(/[ -]/g, '').includes(cardNumber));
});

// Some gateways write the slash as `\/` in JSON. Then the digits of the key are scrubbed before the
// key is found.
const pair = 'shop-4711:open/sesame?+';
const secretKeys = {
  // Its base64 has a slash, which some gateways write as `\\/` in JSON. Then its digits are
  // scrubbed.
  authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
  apiKey: 'k3y-4000000000001091-end',
};
const forms: readonly string[] = [
  secretKeys.authorization,
  secretKeys.authorization.slice('Basic '.length),
  pair,
  ...pair.split(':'),
  secretKeys.apiKey,
  secretKeys.apiKey.toUpperCase(),
  encodeURIComponent(pair),
];

for (const [what, bodyOf] of [
  ['a message', (key: string) => JSON.stringify({ message: `Invalid key: ${key}!` })],
  [
    'a message of the gateway',
    (key: string) => JSON.stringify({ gateway_response: { message: `No ${key}!` } }),
  ],
  ['a code', (key: string) => JSON.stringify({ gateway_response: { code: key } })],
  ['slashes in JSON', (key: string) => JSON.stringify({ error: `No ${key}!` }).replaceAll('/', '\\/')],
  ['a message that is cut in its midst', (key: string) => JSON.stringify({ detail: 'x'.repeat(190) + key })],
] as const) {
  test(`a gateway that repeats our keys in ${what} leaves no trace of them in the exchange`, async (t) => {
    let body = '';
    const { port } = await startHttpServer(t, (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    let status = 401;
    const send = openGateway(t, { baseUrl: `http://127.0.0.1:${port}`, ...secretKeys });
    for (const form of forms) {
      body = bodyOf(form);
      for (status of [401, 500, 200]) {
        const exchange = await send();
        assert.ok(exchange.kind === 'answered' && exchange.status === status);
        const kept = JSON.stringify(exchange).toLowerCase();
        for (const key of [form, form.slice(0, 8)]) assert.ok(!kept.includes(key.toLowerCase()), kept);
        if (status === 401 && what !== 'a code') assert.match(kept, /\[key re|it repeated a key/);
      }
    }
  });
}

test('text that is not one of our keys stays: a short user name, and an id verbatim', async (t) => {
  const { port } = await startHttpServer(t, (_, response) => {
    answerJson(response, 200, {
      ...paid,
      gateway_response: { message: 'shop is not open' },
      transaction_details: { id: 'open-sesame-1', stored_payment_method_id: 'open-sesame-2' },
    });
  });
  const authorization = `Basic ${Buffer.from('shop:open-sesame').toString('base64')}`;
  const exchange = await openGateway(t, { baseUrl: `http://127.0.0.1:${port}`, authorization })();
  assert.ok(exchange.kind === 'answered');
  assert.equal(exchange.answer?.gatewayMessage, 'shop is not open');
  assert.equal(exchange.answer?.storedPaymentMethodId, 'open-sesame-2');
});

test('neither a non-HTTP answer nor an unsendable header brings a key into the exchange', async (t) => {
  const { port } = await startTcpServer(t, (socket) => {
    socket.once('data', () =>
      socket.end(`HTTP/1.1 ${secretKeys.authorization} ${secretKeys.apiKey}\r\n\r\n`),
    );
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  const lost = { kind: 'no_answer', cause: 'connection_lost' };
  assert.deepEqual(await openGateway(t, { baseUrl, ...secretKeys })(), lost);
  const broken = { ...secretKeys, apiKey: `${secretKeys.apiKey}\n` };
  assert.deepEqual(await openGateway(t, { baseUrl, ...broken })(), lost);
});

test('no request waits in the client for another: all sent requests are in flight', async (t) => {
  const waiting: ServerResponse[] = [];
  const { send } = await openOwn(t, (_, response) => {
    waiting.push(response);
    // No request is answered until all have arrived.
    if (waiting.length === 60) for (const one of waiting) answerJson(one, 201, paid);
  });
  const exchanges = await Promise.all(Array.from({ length: 60 }, () => send()));
  assert.ok(exchanges.every((exchange) => exchange.kind === 'answered'));
});

test('an expected card number of another row never gets into an id or a text, whichever process sent it', async (t) => {
  const other = '5555555555554444';
  const { port } = await startHttpServer(t, (_, response) => {
    answerJson(response, 201, {
      success: true,
      gateway_response: { code: 'INFO0000', message: `like ${[...other].join('~')}` },
      transaction_details: { id: `tx${other}`, stored_payment_method_id: `pm${other}` },
    });
  });
  const gateway = createPaymentOptionsGateway({ ...keys, baseUrl: `http://127.0.0.1:${port}` });
  t.after(() => gateway.close());
  gateway.rememberCards?.([other]);
  const { exchange } = await gateway.tokenize({
    row: createSendableRow(1),
    merchantId: 'm',
    merchantTxnRef: 'ref',
    timeoutMs: 5_000,
  });
  assert.ok(exchange.kind === 'answered');
  const { storedPaymentMethodId, transactionId, unusableToken, gatewayMessage } = exchange.answer ?? {};
  assert.deepEqual([storedPaymentMethodId, transactionId], [undefined, undefined]);
  assert.match(unusableToken ?? '', /is not shown/);
  assert.match(gatewayMessage ?? '', /removed/);
});
