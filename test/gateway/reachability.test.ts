import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { probeGateway } from '../../src/gateway/reachability.ts';

const timeoutMs = 10_000;

async function listen(t: TestContext, date: string | undefined, isSilent = false) {
  const requests: { method: string | undefined; url: string | undefined; headers: object }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method, url: request.url, headers: request.headers });
    if (isSilent) return;
    response.sendDate = false;
    response.writeHead(404, date === undefined ? {} : { date }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

test('a gateway that answers, whatever it says, is reached, and reports its time', async (t) => {
  const { port, requests } = await listen(t, 'Thu, 01 Jan 2026 00:00:00 GMT');
  assert.deepEqual(await probeGateway(`http://127.0.0.1:${port}/base`, timeoutMs), {
    kind: 'reached',
    gatewayTimeMs: Date.UTC(2026, 0, 1),
  });
  assert.deepEqual(
    requests.map(({ method, url }) => [method, url]),
    [['HEAD', '/']],
  );
  assert.ok(
    !('authorization' in (requests[0]?.headers ?? {})) && !('x-api-key' in (requests[0]?.headers ?? {})),
  );
});

test('a gateway that reports no time is reached', async (t) => {
  const { port } = await listen(t, undefined);
  assert.deepEqual(await probeGateway(`http://127.0.0.1:${port}`, timeoutMs), { kind: 'reached' });
});

test('each way of not being reached has its own cause', async (t) => {
  const plain = await listen(t, undefined);
  const silent = await listen(t, undefined, true);
  // A port that was free a moment ago: nothing listens there.
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const causeOf = async (url: string, withinMs = timeoutMs): Promise<string> => {
    const found = await probeGateway(url, withinMs);
    return found.kind === 'unreachable' ? found.cause : found.kind;
  };
  assert.equal(await causeOf(`https://127.0.0.1:${plain.port}`), 'tls');
  assert.equal(await causeOf(`http://127.0.0.1:${port}`), 'refused');
  assert.equal(await causeOf(`http://127.0.0.1:${silent.port}`, 200), 'timeout');
  assert.equal(await causeOf('https://gateway.invalid'), 'name');
});
