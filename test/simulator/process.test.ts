import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { createPaymentRequest, sendPlain } from './gateway-requests.ts';

test('A killed simulator continues with its charges on the same port after a restart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-simulator-'));
  const simulator = await startSimulatorProcess({ ledgerFile: join(folder, 'ledger.jsonl') });
  t.after(async () => {
    await simulator.stop();
    await rm(folder, { recursive: true });
  });
  const pay = (index: number) =>
    sendPlain(simulator.baseUrl, {
      body: JSON.stringify(createPaymentRequest(generatedCardNumber(index), `ref-${index}`)),
    });
  await pay(1);
  const firstPid = simulator.pid;
  await simulator.kill();
  assert.equal(simulator.pid, undefined);
  await assert.rejects(pay(2), { code: 'ECONNREFUSED' });

  await simulator.restart();
  assert.notEqual(simulator.pid, firstPid);
  await pay(1);
  const { charges } = await simulator.ledger();
  assert.deepEqual(
    charges.map((charge) => charge.merchantTxnRef),
    ['ref-1', 'ref-1'],
  );
  assert.equal((await simulator.stats()).cardsChargedTwice, 1);
});

test('A simulator process accepts options, settings and a reset', async (t) => {
  const simulator = await startSimulatorProcess({ settings: { isLive: true } });
  t.after(() => simulator.stop());
  assert.equal((await simulator.settings({ ratePerS: 5 })).ratePerS, 5);
  assert.equal((await simulator.settings({})).isLive, true);
  await assert.rejects(simulator.settings({ latencyMs: -1 }), /latencyMs/);
  await simulator.reset();
  assert.equal((await simulator.stats()).requests, 0);
});

test('Invalid options make the start fail with the reason', async () => {
  await assert.rejects(startSimulatorProcess({ seed: -1 }), /did not come up.*seed/s);
});

test('A simulator ends when its stdin closes, so that it does not outlive a killed parent', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('../../src/simulator/process.ts', import.meta.url))],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});
