import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { ConnectFailedError, createConnector } from '../../src/gateway/connect-phase.ts';
import { createSendableRow } from '../support/batches.ts';
import { createPaymentOptionsGateway } from '../support/payment-options.ts';
import { findClosedPort, startTcpServer } from '../support/tcp-servers.ts';
import { withoutRaw } from './exchanges.ts';

function openGateway(t: TestContext, baseUrl: string) {
  const gateway = createPaymentOptionsGateway({
    baseUrl,
    authorization: 'Basic simulator',
    apiKey: 'simulator',
  });
  t.after(() => gateway.close());
  return () =>
    gateway
      .tokenize({ row: createSendableRow(1), merchantId: 'm', merchantTxnRef: 'ref', timeoutMs: 5_000 })
      .then(({ exchange }) => withoutRaw(exchange));
}

test('a refused connection was never made', async (t) => {
  const port = await findClosedPort();
  for (const host of ['127.0.0.1', 'localhost']) {
    for (const protocol of ['http', 'https']) {
      assert.deepEqual(await openGateway(t, `${protocol}://${host}:${port}`)(), {
        kind: 'not_connected',
        cause: 'refused',
      });
    }
  }
});

test('a name that does not resolve makes no connection', async (t) => {
  assert.deepEqual(await openGateway(t, 'https://gateway.invalid')(), {
    kind: 'not_connected',
    cause: 'dns',
  });
});

test('a TLS handshake that a plain server answers with text cannot be trusted', async (t) => {
  const { port } = await startTcpServer(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  const exchange = await openGateway(t, `https://127.0.0.1:${port}`)();
  assert.equal(exchange.kind, 'not_trusted');
  assert.match(exchange.kind === 'not_trusted' ? exchange.code : '', /^(?:EPROTO|ERR_SSL_[A-Z0-9_]+)$/);
});

test('a TLS handshake that the server refuses cannot be trusted, and names the reason', async (t) => {
  // A server without a certificate has nothing to offer, and ends every handshake with an alert.
  const tls = createTlsServer({});
  tls.on('tlsClientError', () => undefined);
  const { port } = await startTcpServer(t, (socket) => tls.emit('connection', socket));
  const exchange = await openGateway(t, `https://127.0.0.1:${port}`)();
  assert.equal(exchange.kind, 'not_trusted');
  assert.match(exchange.kind === 'not_trusted' ? exchange.code : '', /^(?:EPROTO|ERR_SSL_[A-Z0-9_]+)$/);
});

test('a connection that ends within the TLS handshake was never made, so nothing was sent', async (t) => {
  for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
    const { port } = await startTcpServer(t, (socket) => socket.once('data', () => end(socket)));
    const exchange = await openGateway(t, `https://127.0.0.1:${port}`)();
    assert.equal(exchange.kind, 'not_connected');
  }
});

test('a TLS handshake that never starts is a connect time-out, which differs from a time-out after sending', async (t) => {
  const { port } = await startTcpServer(t, () => undefined);
  const connect = createConnector(new URL(`https://127.0.0.1:${port}`), 200);
  await assert.rejects(connect(), (error) => {
    assert.ok(error instanceof ConnectFailedError);
    assert.deepEqual(error.failure, { kind: 'not_connected', cause: 'timeout' });
    return true;
  });
});

/* What a server may do after it has read the request. Each time the card may have been charged. */
const losses: Readonly<Record<string, (socket: Socket) => void>> = {
  'closes the connection': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'answers with something that is no HTTP': (socket) => socket.end('SSH-2.0-hello\r\n'),
  'closes within the head of the answer': (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-ty'),
  'closes within a chunked body': (socket) =>
    socket.end('HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"suc\r\n'),
};

for (const [what, lose] of Object.entries(losses)) {
  test(`a server that ${what} after the request leaves no answer, and sees the request once`, async (t) => {
    let requests = 0;
    const { port, sockets } = await startTcpServer(t, (socket) => {
      socket.once('data', () => {
        requests += 1;
        lose(socket);
      });
    });
    assert.deepEqual(await openGateway(t, `http://127.0.0.1:${port}`)(), {
      kind: 'no_answer',
      cause: 'connection_lost',
    });
    assert.deepEqual([requests, sockets.length], [1, 1]);
  });
}

test('the client does not resend a request lost on a reused connection', async (t) => {
  const body = '{"success":false}';
  let requests = 0;
  const { port } = await startTcpServer(t, (socket) => {
    socket.on('data', () => {
      requests += 1;
      if (requests === 1) {
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: keep-alive\r\nkeep-alive: timeout=5\r\n\r\n${body}`,
        );
      } else {
        socket.destroy();
      }
    });
  });
  const send = openGateway(t, `http://127.0.0.1:${port}`);
  assert.equal((await send()).kind, 'answered');
  assert.deepEqual(await send(), { kind: 'no_answer', cause: 'connection_lost' });
  assert.equal(requests, 2);
});
