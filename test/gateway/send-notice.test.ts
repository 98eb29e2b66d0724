/* The rate counts from the moment when a request really leaves. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSendableRow } from '../support/batches.ts';
import { createPaymentOptionsGateway } from '../support/payment-options.ts';
import { findClosedPort, readRequestBody, startHttpServer } from '../support/tcp-servers.ts';

/** Sends rows to a port; `happened` lists what became of them, in order. */
function openGateway(t: TestContext, port: number) {
  const gateway = createPaymentOptionsGateway({
    baseUrl: `http://127.0.0.1:${port}`,
    authorization: 'Basic simulator',
    apiKey: 'simulator',
  });
  t.after(() => gateway.close());
  const happened: string[] = [];
  const send = async (ref: string): Promise<void> => {
    const { exchange } = await gateway.tokenize({
      row: createSendableRow(1),
      merchantId: 'm',
      merchantTxnRef: ref,
      timeoutMs: 5_000,
      onSending: () => happened.push(`${ref} leaves`),
    });
    happened.push(`${ref} ${exchange.kind}`);
  };
  return { happened, send };
}

test('a request is reported as leaving exactly once: when it has a connection, before the gateway sees it', async (t) => {
  const { port } = await startHttpServer(t, async (request, response) => {
    const { merchant_txn_ref: ref } = JSON.parse(await readRequestBody(request));
    happened.push(`${ref} arrives`);
    response.end('{}');
  });
  const { happened, send } = openGateway(t, port);
  const first = send('first');
  assert.deepEqual(happened, [], 'there is no connection yet');
  await first;
  // On the existing connection.
  await send('second');
  assert.deepEqual(happened, [
    'first leaves',
    'first arrives',
    'first answered',
    'second leaves',
    'second arrives',
    'second answered',
  ]);
});

test('requests that leave at the same time are reported separately', async (t) => {
  const { port } = await startHttpServer(t, (_, response) => void response.end('{}'));
  const { happened, send } = openGateway(t, port);
  const refs = ['a', 'b', 'c'];
  await Promise.all(refs.map(send));
  assert.deepEqual(
    happened.filter((line) => line.endsWith('leaves')).sort(),
    refs.map((ref) => `${ref} leaves`),
  );
});

test('a request that finds no gateway never leaves', async (t) => {
  const { happened, send } = openGateway(t, await findClosedPort());
  await send('lost');
  assert.deepEqual(happened, ['lost not_connected']);
});
