import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NoteEnd, NoteHead } from '../../src/storage/storage.ts';
import { createSendableRow } from '../support/batches.ts';
import { createNoteHead, shardRef } from '../support/notes.ts';
import { openSending } from '../support/row-sending.ts';

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
