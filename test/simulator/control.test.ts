import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import type { LedgerReport } from '../../src/simulator/control.ts';
import type { Arrivals } from '../../src/simulator/request-window.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createPaymentRequest, sendPlain } from './gateway-requests.ts';

async function startSimulator(t: TestContext): Promise<{ simulator: Simulator; baseUrl: string }> {
  const simulator = createSimulator();
  t.after(() => simulator.close());
  return { simulator, ...(await simulator.listen(0)) };
}

const pay = async (baseUrl: string, index: number): Promise<number> => {
  const body = JSON.stringify(createPaymentRequest(generatedCardNumber(index), `ref-${index}`));
  return (await sendPlain(baseUrl, { body })).status;
};

const post = (baseUrl: string, path: string, body: string) =>
  sendPlain(baseUrl, { path: `/simulator/${path}`, body });

test('The ledger is valid JSON of all charges: none, one, or more than one portion', async (t) => {
  const { simulator, baseUrl } = await startSimulator(t);
  for (const charges of [0, 1, 2_345]) {
    simulator.reset();
    for (let index = 0; index < charges; index += 1) {
      simulator.ledger().charge({
        merchantTxnRef: `ref-${index}`,
        cardFingerprint: String(index),
        cardLast4: '0000',
        amount: '1',
        currency: 'JPY',
        storedPaymentMethodId: null,
        transactionId: `t-${index}`,
        at: '2030-01-01T00:00:00.000Z',
      });
    }
    const { text } = await sendPlain(baseUrl, { method: 'GET', path: '/simulator/ledger' });
    const report = JSON.parse(text) as LedgerReport;
    assert.deepEqual(report.charges, simulator.ledger().charges);
    assert.equal(report.charges.length, charges);
  }
});

test('The payments are listed one per line, for people, with the token if one was stored', async (t) => {
  const { simulator, baseUrl } = await startSimulator(t);
  await pay(baseUrl, 7);
  const [charge] = simulator.ledger().charges;
  const { text } = await sendPlain(baseUrl, { method: 'GET', path: '/simulator/payments' });
  const [head, line, ...more] = text.trimEnd().split('\n');
  assert.match(head ?? '', /^merchant_txn_ref transaction_id stored_payment_method_id /);
  assert.deepEqual(line?.split(' ').slice(0, 3), [
    'ref-7',
    charge?.transactionId,
    charge?.storedPaymentMethodId,
  ]);
  assert.deepEqual(more, []);
});

test('Arrivals are reported with their times, in order, and with those the limiter refused; a reset removes them', async (t) => {
  const { simulator, baseUrl } = await startSimulator(t);
  await post(baseUrl, 'settings', '{"ratePerS":2}');
  const before = Date.now();
  for (const index of [1, 2, 3]) await pay(baseUrl, index);
  const { text } = await sendPlain(baseUrl, { method: 'GET', path: '/simulator/arrivals' });
  const { times, refused } = JSON.parse(text) as Arrivals;
  assert.equal(times.length, 3);
  assert.ok(times.every((time, index) => time >= Math.max(before - 5, times[index - 1] ?? 0)));
  assert.deepEqual(refused, [2]);
  simulator.reset();
  assert.deepEqual(simulator.arrivals(), { times: [], refused: [] });
});

test('Settings affect later requests: authorization, is_live, the limit, a fault', async (t) => {
  const { simulator, baseUrl } = await startSimulator(t);
  await post(baseUrl, 'settings', '{"isAuthorizationValid":false}');
  assert.equal(await pay(baseUrl, 1), 401);
  await post(baseUrl, 'settings', '{"isAuthorizationValid":true,"isLive":true}');
  const body = JSON.stringify(createPaymentRequest(generatedCardNumber(2), 'ref-2'));
  assert.equal(JSON.parse((await sendPlain(baseUrl, { body })).text).is_live, true);
  await post(baseUrl, 'settings', '{"forcedFault":"status-422"}');
  assert.equal(await pay(baseUrl, 3), 422);
  assert.deepEqual(simulator.settings, {
    isAuthorizationValid: true,
    ratePerS: null,
    latencyMs: 0,
    slowMs: 2_000,
    isLive: true,
    forcedFault: 'status-422',
  });
});

for (const wrong of [
  '',
  '[]',
  '3',
  'null',
  '{"speed":1}',
  '{"latencyMs":-1}',
  '{"isLive":false,"forcedFault":"x"}',
]) {
  test(`The settings ${wrong || '(empty)'} are refused and change nothing`, async (t) => {
    const { simulator, baseUrl } = await startSimulator(t);
    simulator.change({ isLive: true });
    const answer = await post(baseUrl, 'settings', wrong);
    assert.equal(answer.status, 400);
    assert.ok(JSON.parse(answer.text).error);
    assert.equal(simulator.settings.isLive, true);
    assert.equal(simulator.settings.forcedFault, null);
  });
}

test('A reset removes charges and counts, and keeps the settings', async (t) => {
  const { simulator, baseUrl } = await startSimulator(t);
  simulator.change({ isLive: true });
  await pay(baseUrl, 1);
  assert.equal(simulator.stats().charges, 1);
  assert.equal((await post(baseUrl, 'reset', '')).status, 200);
  const { requests, charges, byStatus, maxPerSecond } = simulator.stats();
  assert.deepEqual(
    { requests, charges, byStatus, maxPerSecond },
    { requests: 0, charges: 0, byStatus: {}, maxPerSecond: 0 },
  );
  assert.equal(simulator.settings.isLive, true);
});

test('Requests to the control interface are not counted', async (t) => {
  const { baseUrl } = await startSimulator(t);
  await sendPlain(baseUrl, { method: 'GET', path: '/simulator/ledger' });
  const { text } = await sendPlain(baseUrl, { method: 'GET', path: '/simulator/stats' });
  assert.equal(JSON.parse(text).requests, 0);
});

test('Another path under /simulator/ is answered 404', async (t) => {
  const { baseUrl } = await startSimulator(t);
  assert.equal((await sendPlain(baseUrl, { method: 'GET', path: '/simulator/other' })).status, 404);
});
