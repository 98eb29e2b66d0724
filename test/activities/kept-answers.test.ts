import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrapDataKey } from '../../src/storage/batch-record.ts';
import { countRawAnswers, maxRawAnswers, readRawAnswer } from '../../src/storage/raw-answers.ts';
import { batchId, createSendableRow } from '../support/batches.ts';
import { createDiskError, createFakeGateway, paid } from '../support/sends.ts';
import { openSending } from './row-sending.ts';

const raw = Buffer.from('{"odd":"answer"}');
const unreadable = { kind: 'answered', status: 201, raw } as const;

test('the answer of an unknown row is kept under its reference, and the answer of a tokenized row is not', async (t) => {
  const sending = await openSending(t, {
    gateway: createFakeGateway((_, sends) => (sends === 1 ? unreadable : { ...paid, raw })),
  });
  assert.equal((await sending.send(1)).outcome, 'unknown');
  assert.equal((await sending.send(2)).outcome, 'tokenized');
  assert.equal(await countRawAnswers(sending.storage, batchId), 1);
});

test('a kept answer is readable with the batch’s key and under its own reference only', async (t) => {
  const sending = await openSending(t, { gateway: createFakeGateway(() => unreadable) });
  await sending.send(1);
  const dataKey = unwrapDataKey(sending.operatorKey, sending.record);
  const read = (key: Uint8Array, ref: string) => readRawAnswer(sending.storage, key, batchId, ref);
  assert.deepEqual(await read(dataKey, 'abcdefghijkl-p1-r1-n1'), raw);
  assert.equal(await read(dataKey, 'abcdefghijkl-p1-r2-n1'), undefined);
  assert.equal(await read(Buffer.alloc(32), 'abcdefghijkl-p1-r1-n1'), 'unreadable');
});

test('a storage that cannot keep the answer changes nothing about the row', async (t) => {
  const sending = await openSending(t, {
    gateway: createFakeGateway(() => unreadable),
    storage: (real) => ({
      ...real,
      files: {
        ...real.files,
        createExclusive: (key, content) =>
          key.includes('/answers/')
            ? Promise.reject(createDiskError())
            : real.files.createExclusive(key, content),
      },
    }),
  });
  assert.deepEqual(await sending.send(1), { outcome: 'unknown' });
  const [end] = await sending.resultsOf(1);
  assert.ok(end?.kind === 'final' && end.answer.errorCode === 'unknown_unreadable_answer');
  assert.equal(await countRawAnswers(sending.storage, batchId), 0);
});

test('a storage that cannot list what is kept does not end the process, and the next answer is kept', async (t) => {
  let isBroken = true;
  const sending = await openSending(t, {
    gateway: createFakeGateway(() => unreadable),
    storage: (real) => ({
      ...real,
      files: {
        ...real.files,
        list: (folder) =>
          isBroken && folder.endsWith('/answers')
            ? Promise.reject(createDiskError('EIO'))
            : real.files.list(folder),
      },
    }),
  });
  assert.deepEqual(await sending.send(1), { outcome: 'unknown' });
  // An unhandled rejection would have ended the process by now.
  await new Promise(setImmediate);
  isBroken = false;
  assert.deepEqual(await sending.send(2), { outcome: 'unknown' });
  assert.equal(await countRawAnswers(sending.storage, batchId), 1);
});

test('a batch keeps no more answers than its share, and all its rows have their results', async (t) => {
  const rows = maxRawAnswers + 3;
  const sending = await openSending(t, {
    rows: Array.from({ length: rows }, (_, index) => createSendableRow(index + 1)),
    // A paid answer without a token does not make the batch hold.
    gateway: createFakeGateway(() => ({ ...unreadable, answer: { success: true, gatewayCode: 'INFO0000' } })),
  });
  for (let row = 1; row <= rows; row += 1) {
    assert.equal((await sending.send(row)).outcome, 'charged_without_token');
  }
  assert.equal(await countRawAnswers(sending.storage, batchId), maxRawAnswers);
});
