import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IntentHead, IntentResult, OwnIntent } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { withIntents } from '../support/sends.ts';
import { openSending } from './row-sending.ts';

const rows = [createSendableRow(1), createSendableRow(2)];
const notSent: IntentResult = { kind: 'not_processed', cause: 'not sent' };
/** Another worker's intent. Closing waits for it until then. */
const headUntil = (deadlineMs: number): IntentHead => ({
  ...createIntentHead(2, 1, 'host 2'),
  createdAtMs: deadlineMs - 1,
  deadlineMs,
});

test('a row in flight is sent in the same pass once its owner reports that it sent nothing', async (t) => {
  const sending = await openSending(t, { rows });
  const { intents } = sending.storage;
  await sending.send(1);
  const stopped = await createIntent(intents, shardRef, headUntil(Date.now() + 60_000));
  assert.equal((await sending.send(2)).outcome, 'in_flight', 'its intent is open');

  const closing = sending.close();
  await stopped?.writeResult(notSent);
  assert.deepEqual(await closing, { counts: { tokenized: 1 }, toSend: [[2, 2]] });
  assert.equal(await intents.isSealed(shardRef), false);

  assert.equal((await sending.send(2)).outcome, 'tokenized');
  assert.deepEqual(await sending.close(), { counts: { tokenized: 2 } });
  assert.equal(sending.gateway.requests.length, 2, 'each row was sent once');
});

test('a row whose owner reports nothing in time stays unknown and is not sent again', async (t) => {
  const sending = await openSending(t, { rows });
  await sending.send(1);
  await createIntent(sending.storage.intents, shardRef, headUntil(Date.now() - 1));
  assert.deepEqual(await sending.close(), { counts: { tokenized: 1, unknown: 1 } });
  assert.equal(await sending.storage.intents.isSealed(shardRef), true);
  assert.equal(sending.gateway.requests.length, 1);
});

test('closing a cancelled shard waits for an intent created just before its seal: a token is not lost', async (t) => {
  const sending = await openSending(t, {
    rows,
    storage: (real) => {
      let other: OwnIntent | undefined;
      let isSealed = false;
      return withIntents(real, {
        async seal(ref, reason) {
          // Another worker saw no seal and created its intent. Its request is in flight at the
          // seal.
          other = await real.intents.create(ref, headUntil(Date.now() + 60_000));
          await real.intents.seal(ref, reason);
          isSealed = true;
        },
        async list(ref) {
          const intents = await real.intents.list(ref);
          if (isSealed && other !== undefined) {
            const own = other;
            other = undefined;
            await own.writeResult({ kind: 'final', answer: { ...longestAnswer, outcome: 'tokenized' } });
          }
          return intents;
        },
      });
    },
  });
  await sending.send(1);
  assert.deepEqual(await sending.close(true), { counts: { tokenized: 2 } });
});
