/* Clocks that differ, step or stand still decide nothing about money. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSendableRow } from '../support/batches.ts';
import { createIntent, createIntentHead, shardRef } from '../support/intents.ts';
import { withIntents } from '../support/sends.ts';
import { failureOf, openSending } from './row-sending.ts';

const rows = [createSendableRow(1)];
const yearMs = 365 * 86_400_000;

test('an intent of a host whose clock was a year ahead holds up the closing no longer than a send takes', async (t) => {
  let monotonicMs = 0;
  // Each look at the clock that does not step is five seconds later.
  const { close, storage } = await openSending(t, { rows, monotonicMs: () => (monotonicMs += 5_000) });
  const createdAtMs = Date.now() + yearMs;
  await createIntent(storage.intents, shardRef, {
    ...createIntentHead(1),
    createdAtMs,
    deadlineMs: createdAtMs + 60_000,
  });
  assert.deepEqual((await close()).counts, { unknown: 1 });
});

test('a process that stood still while the wall clock was set back sends nothing late', async (t) => {
  let monotonicMs = 0;
  const nowMs = 1_000_000;
  const { send, gateway, resultsOf } = await openSending(t, {
    rows,
    nowMs: () => nowMs,
    monotonicMs: () => monotonicMs,
    storage: (real) =>
      withIntents(real, {
        async isSealed(ref) {
          monotonicMs += 600_000;
          return await real.intents.isSealed(ref);
        },
      }),
  });
  const failure = await failureOf(send(1), rows);
  assert.equal(failure.type, 'NotProcessed');
  assert.equal(gateway.requests.length, 0);
  assert.deepEqual(await resultsOf(1), [{ kind: 'not_processed', cause: 'not sent' }]);
});
