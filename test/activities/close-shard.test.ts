import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NoteEnd, NoteHead, OwnNote } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { createNoteHead, longestAnswer, shardRef } from '../support/notes.ts';
import { openSending } from '../support/row-sending.ts';
import { withNotes } from '../support/sends.ts';

const rows = [createSendableRow(1), createSendableRow(2)];
const notSent: NoteEnd = { kind: 'not_processed', cause: 'not sent' };
/** A note of another worker, which is waited for until then. */
const headUntil = (deadlineMs: number): NoteHead => ({
  ...createNoteHead(2, 1, 'host 2'),
  madeAtMs: deadlineMs - 1,
  deadlineMs,
});

test('a row that was taken for unknown, and whose maker says then that it sent nothing, is sent in the same pass', async (t) => {
  const sending = await openSending(t, { rows });
  const { notes } = sending.storage;
  await sending.send(1);
  const stopped = await notes.create(shardRef, headUntil(Date.now() + 60_000));
  assert.equal((await sending.send(2)).outcome, 'unknown', 'its note is open');

  const closing = sending.close();
  await stopped?.end(notSent);
  assert.deepEqual(await closing, { counts: { tokenized: 1 }, toSend: [[2, 2]] });
  assert.equal(await notes.isSealed(shardRef), false);

  assert.equal((await sending.send(2)).outcome, 'tokenized');
  assert.deepEqual(await sending.close(), { counts: { tokenized: 2 } });
  assert.equal(sending.gateway.requests.length, 2, 'each row was sent once');
});

test('a row whose maker says nothing until its time is over stays unknown and is not sent again', async (t) => {
  const sending = await openSending(t, { rows });
  await sending.send(1);
  await sending.storage.notes.create(shardRef, headUntil(Date.now() - 1));
  assert.deepEqual(await sending.close(), { counts: { tokenized: 1, unknown: 1 } });
  assert.equal(await sending.storage.notes.isSealed(shardRef), true);
  assert.equal(sending.gateway.requests.length, 1);
});

test('a note that is made just before the seal of a cancelled shard has its end waited for: a token is not lost', async (t) => {
  const sending = await openSending(t, {
    rows,
    storage: (real) => {
      let other: OwnNote | undefined;
      let isSealed = false;
      return withNotes(real, {
        async seal(ref) {
          // Another worker saw no seal and made its note; its request is under way when the seal is there.
          other = await real.notes.create(ref, headUntil(Date.now() + 60_000));
          await real.notes.seal(ref);
          isSealed = true;
        },
        async list(ref) {
          const notes = await real.notes.list(ref);
          if (isSealed && other !== undefined) {
            const own = other;
            other = undefined;
            await own.end({ kind: 'ended', answer: { ...longestAnswer, outcome: 'tokenized' } });
          }
          return notes;
        },
      });
    },
  });
  await sending.send(1);
  assert.deepEqual(await sending.close(true), { counts: { tokenized: 2 } });
});
