/*
 * A storage that fails in the middle of a batch: no permission, no space, a broken disk. The batch
 * holds, nothing that could not be recorded was sent, and once the storage is fixed every row ends.
 * A wrapper refuses the calls, since tests run by root may write anywhere. The last test really
 * takes the permission away, if it can.
 */
import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { after, test } from 'node:test';
import { checkBatch, complaintsOf } from '../../crash/checker.ts';
import { resumeUpdateName } from '../../src/contract/workflows.ts';
import { readBatchRecord } from '../../src/storage/batch-record.ts';
import { batchFolder, shardFolder } from '../../src/storage/layout.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { controlBatch, readProgress } from '../../src/temporal/batch-client.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';

/** Throws if the storage should refuse this call. */
let refuse: (call: string) => void = () => undefined;

const studio = await openRecordingStudio(Date.now, (storage: Storage): Storage => {
  const { intents, files } = storage;
  return {
    ...storage,
    intents: {
      ...intents,
      async create(ref, head) {
        refuse('intent');
        const own = await intents.create(ref, head);
        return own === undefined
          ? undefined
          : {
              async writeResult(end) {
                refuse('end');
                await own.writeResult(end);
              },
            };
      },
      async last(ref, row) {
        refuse('look');
        return await intents.last(ref, row);
      },
      async seal(ref, reason) {
        refuse('seal');
        await intents.seal(ref, reason);
      },
    },
    files: {
      ...files,
      async read(key) {
        refuse(`read ${key}`);
        return await files.read(key);
      },
      async createExclusive(key, content) {
        refuse(`write ${key}`);
        return await files.createExclusive(key, content);
      },
      async replace(key, content) {
        refuse(`write ${key}`);
        await files.replace(key, content);
      },
    },
  };
});
after(() => studio.close());
const { client, context, simulator } = studio;
simulator.change({ latencyMs: 60 });
const rows = 8;

/** An error as Node's file system throws it, with the name of a system call. */
const diskError = (code: string): Error =>
  Object.assign(new Error(`${code}: a test`), { code, syscall: 'open', errno: -1 });

async function untilHeld(batchId: string): Promise<string> {
  const { code, text } = await eventually('the hold', async () => {
    // A busy worker may not answer in time, so the question is repeated.
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.hold;
  });
  assert.equal(code, 'storage_failed', text);
  return text;
}

/** Continues as the operator would, and asserts that the batch ends with every row. */
async function endsWhole(batchId: string, name: string, unknown: readonly number[] = []): Promise<void> {
  await controlBatch(client, batchId, resumeUpdateName, { who: 'operator@host' });
  await client.workflow.getHandle(batchId).result();
  const storage = await context.storage();
  const findings = await checkBatch({
    folder: storage.files.locate(batchFolder(batchId)),
    merchantRefs: Array.from({ length: rows }, (_, at) => `${name}-${at + 1}`),
    tag: (await readBatchRecord(storage, batchId))?.tag ?? '',
    ledger: simulator.ledger().charges,
  });
  assert.equal(complaintsOf(findings).join('; '), '', name);
  assert.deepEqual(findings.unknown, unknown, name);
  assert.deepEqual(findings.outcomes, { tokenized: rows });
  const charges = Array.from({ length: rows }, (_, at) => findings.chargesOfRow(at + 1).length);
  assert.deepEqual(charges, Array(rows).fill(1), 'each row was charged once');
}

const startGood = (name: string): Promise<string> => studio.start(name, Array(rows).fill('good'));
const refusedOnce = (call: RegExp, code: string) => (called: string) => {
  if (call.test(called)) throw diskError(code);
};

for (const [name, call, code, moment, reported] of [
  ['intent-denied', /^intent$/, 'EACCES', 'in mid-batch', /send intent cannot be stored durably.*EACCES/],
  ['intent-no-space', /^intent$/, 'ENOSPC', 'in mid-batch', /send intent cannot be stored durably.*ENOSPC/],
  ['intent-read-only', /^intent$/, 'EROFS', 'in mid-batch', /send intent cannot be stored durably.*EROFS/],
  ['look-denied', /^look$/, 'EACCES', 'in mid-batch', /EACCES/],
  ['end-no-space', /^end$/, 'ENOSPC', 'in mid-batch', /ENOSPC/],
  ['shard-denied', /^read .*shard-1\.enc$/, 'EACCES', 'from the start', /EACCES/],
  ['record-denied', /^read .*batch\.json$/, 'EACCES', 'from the start', /EACCES/],
  ['staging-no-space', /^write .*shard-1\.enc$/, 'ENOSPC', 'from the start', /ENOSPC/],
  ['outcomes-no-space', /^write .*outcomes\.1\.jsonl$/, 'ENOSPC', 'from the start', /ENOSPC/],
  ['seal-denied', /^seal$/, 'EACCES', 'from the start', /EACCES/],
  ['manifest-no-space', /^write .*manifest\.json$/, 'ENOSPC', 'from the start', /ENOSPC/],
] as const) {
  test(`a storage that fails with ${code} (${name}) holds the batch with that reason, nothing is sent without an intent, and once fixed the batch completes`, async () => {
    const deny = refusedOnce(call, code);
    refuse = moment === 'from the start' ? deny : () => undefined;
    try {
      const batchId = await startGood(name);
      if (moment === 'in mid-batch') {
        await studio.reachCharges(3);
        refuse = deny;
      }
      assert.match(await untilHeld(batchId), reported);
      const storage = await context.storage();
      const intents = await storage.intents.count({ batchId, pass: 1, shard: 1 });
      const tag = (await readBatchRecord(storage, batchId))?.tag ?? '?';
      const sent = simulator.ledger().charges.filter(({ merchantTxnRef }) => merchantTxnRef?.startsWith(tag));
      assert.ok(
        sent.length <= intents || name === 'manifest-no-space',
        `${sent.length} sent, ${intents} recorded`,
      );
      if (moment === 'in mid-batch') assert.ok(sent.length < rows, 'the batch was stopped before its end');
      refuse = () => undefined;
      await endsWhole(batchId, name);
    } finally {
      refuse = () => undefined;
    }
  });
}

test('an intents folder without write permission holds the batch; with the permission back the batch completes', {
  skip: process.getuid?.() === 0 ? 'root may write anywhere; the wrapper above stands for it' : false,
}, async () => {
  const name = 'really-denied';
  const batchId = await startGood(name);
  await studio.reachCharges(2);
  const intents = (await context.storage()).files.locate(
    `${shardFolder({ batchId, pass: 1, shard: 1 })}/intents`,
  );
  await chmod(intents, 0o500);
  try {
    assert.match(await untilHeld(batchId), /EACCES/);
  } finally {
    await chmod(intents, 0o700);
  }
  await endsWhole(batchId, name);
});
