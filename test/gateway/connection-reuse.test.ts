/* No row may become `unknown` because its request used a connection that the server was closing. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay, setImmediate as nextImmediate } from 'node:timers/promises';
import { createSendableRow } from '../support/batches.ts';
import { createPaymentOptionsGateway } from '../support/payment-options.ts';
import { startTcpServer } from '../support/tcp-servers.ts';

interface ServerOptions {
  /** Headers of each answer. */
  readonly headers?: string;
  /** Called after each answer. */
  readonly afterAnswer?: (socket: Socket, answers: number) => void;
}

/**
 * A server that answers each request with a token, and a client that counts what became of its
 * requests.
 */
async function openPair(t: TestContext, { headers = '', afterAnswer }: ServerOptions) {
  let requests = 0;
  const server = await startTcpServer(t, (socket) => {
    let answers = 0;
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
      const head = received.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (head < 0 || received.length < head + 4 + length) return;
      received = '';
      requests += 1;
      answers += 1;
      const body = JSON.stringify({
        success: true,
        transaction_details: { stored_payment_method_id: `pm-${requests}` },
      });
      socket.write(`HTTP/1.1 201 Created\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`);
      afterAnswer?.(socket, answers);
    });
  });
  const gateway = createPaymentOptionsGateway({
    baseUrl: `http://127.0.0.1:${server.port}`,
    authorization: 'Basic simulator',
    apiKey: 'simulator',
  });
  t.after(() => gateway.close());
  let lost = 0;
  const send = async (): Promise<void> => {
    const { exchange } = await gateway.tokenize({
      row: createSendableRow(1),
      merchantId: 'm',
      merchantTxnRef: 'ref',
      timeoutMs: 5_000,
    });
    if (exchange.kind !== 'answered') lost += 1;
  };
  /** A few hundred requests a second, five at a time. */
  const sendMany = async (rows: number, pauseMs = 0): Promise<void> => {
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        for (let index = 0; index < rows / 5; index += 1) {
          await send();
          await delay(pauseMs);
        }
      }),
    );
  };
  return {
    send,
    sendMany,
    lost: () => lost,
    requests: () => requests,
    sockets: server.sockets,
    connections: () => server.sockets.length,
  };
}

for (const [what, afterAnswer] of [
  ['right after each answer', (socket: Socket) => socket.end()],
  ['a few milliseconds after each answer', (socket: Socket) => void setTimeout(() => socket.destroy(), 5)],
  [
    'at random within a second after an answer',
    (socket: Socket) => void setTimeout(() => socket.end(), Math.random() * 1_000),
  ],
  ['a second after an answer', (socket: Socket) => void setTimeout(() => socket.end(), 1_000)],
  [
    'at the second request, without an answer',
    (socket: Socket, answers: number) => {
      if (answers === 1) setTimeout(() => socket.end(), Math.random() * 30);
    },
  ],
] as const) {
  test(`a server that states nothing and closes connections ${what} costs no request`, async (t) => {
    const { sendMany, lost, requests } = await openPair(t, { afterAnswer });
    await sendMany(300, 5);
    await delay(1_200);
    await sendMany(300, 5);
    assert.deepEqual([lost(), requests()], [0, 600]);
  });
}

test('connections of a server are reused once one was seen to stay open', async (t) => {
  const { sendMany, lost, connections } = await openPair(t, {});
  await sendMany(50, 2);
  assert.equal(connections(), 50);
  await delay(1_300);
  // This many requests a second are needed before a connection is reused.
  await sendMany(40, 2);
  const before = connections();
  await sendMany(200, 2);
  assert.equal(lost(), 0);
  assert.ok(connections() - before < 40, `${connections() - before} connections for 200 requests`);
});

test('an idle connection that the server keeps open is closed by the client after exactly a second', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { send, sockets } = await openPair(t, { headers: 'keep-alive: timeout=60\r\n' });
  await send();
  const [socket] = sockets;
  assert.ok(socket !== undefined);
  await untilClosed(socket, 50);
  t.mock.timers.tick(999);
  await untilClosed(socket, 50);
  assert.equal(socket.closed, false, 'it may still be reused');
  t.mock.timers.tick(1);
  await untilClosed(socket, 5_000);
  assert.equal(socket.closed, true);
});

/**
 * Waits for at most this many iterations of the event loop: closing a local connection takes a few.
 */
async function untilClosed(socket: Socket, iterations: number): Promise<void> {
  for (let iteration = 0; iteration < iterations && !socket.closed; iteration += 1) await nextImmediate();
}

test('connections of a server that states a long time-out are reused at once', async (t) => {
  const { sendMany, lost, connections } = await openPair(t, { headers: 'keep-alive: timeout=5\r\n' });
  await sendMany(200, 2);
  assert.equal(lost(), 0);
  assert.ok(connections() < 80, `${connections()} connections for 200 requests`);
});

test('no connection of a server that announces their closing is reused', async (t) => {
  const { sendMany, lost, connections } = await openPair(t, {
    headers: 'connection: close\r\n',
    afterAnswer: (socket) => socket.end(),
  });
  await sendMany(100);
  assert.deepEqual([lost(), connections()], [0, 100]);
});

test('after unrequested bytes, no connection of the server is reused', async (t) => {
  const { sendMany, lost, connections } = await openPair(t, {
    headers: 'keep-alive: timeout=5\r\n',
    afterAnswer: (socket, answers) => {
      if (answers === 1) setTimeout(() => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 20);
    },
  });
  await sendMany(20);
  await delay(100);
  const before = connections();
  await sendMany(100);
  assert.equal(lost(), 0);
  assert.equal(connections() - before, 100);
});
