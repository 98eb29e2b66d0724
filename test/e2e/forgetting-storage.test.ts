/* A storage that lost rows which the workflow knows: nothing is sent again, whatever is typed. */
import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { approveUpdateName, resumeUpdateName } from '../../src/contract/workflows.ts';
import { beginPass } from '../../src/operations/passes/begin-pass.ts';
import { readManifest } from '../../src/results/manifest.ts';
import { type BatchRecord, readBatchRecord } from '../../src/storage/batch-record.ts';
import { publicationsFolder, shardFolder } from '../../src/storage/layout.ts';
import { controlBatch, readProgress } from '../../src/temporal/batch-client.ts';
import type { TemporalAccess } from '../../src/temporal/temporal-access.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';

const studio = await openRecordingStudio();
after(() => studio.close());
const { client, context, simulator } = studio;
const operator = { who: 'operator@host' };

async function untilHeld(batchId: string, code: string): Promise<string> {
  return await eventually(`the hold ${code}`, async () => {
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.hold?.code === code ? progress.hold.text : undefined;
  });
}

async function recordOf(batchId: string): Promise<BatchRecord> {
  const record = await readBatchRecord(await context.storage(), batchId);
  assert.ok(record !== undefined);
  return record;
}

/** A batch that holds after its canary, and whose shard's folder is then moved away. */
async function withoutItsShard(name: string): Promise<{ batchId: string; putBack: () => Promise<void> }> {
  const batchId = await studio.start(name, Array(4).fill('good'), { canaryRows: 2 });
  await untilHeld(batchId, 'canary_sent');
  const folder = (await context.storage()).files.locate(shardFolder({ batchId, pass: 1, shard: 1 }));
  await rename(folder, `${folder}.lost`);
  await controlBatch(client, batchId, approveUpdateName, operator);
  assert.match(await untilHeld(batchId, 'storage_forgot'), /shard 1/);
  return {
    batchId,
    async putBack() {
      await rm(folder, { recursive: true, force: true });
      await rename(`${folder}.lost`, folder);
    },
  };
}

test('a batch whose shard is lost holds, and once it is put back each row is charged once', async () => {
  const { batchId, putBack } = await withoutItsShard('put-back');
  await putBack();
  await controlBatch(client, batchId, resumeUpdateName, operator);
  await client.workflow.getHandle(batchId).result();
  assert.deepEqual((await readManifest(await context.storage(), batchId))?.outcomes.tokenized, 4);
  assert.equal(simulator.ledger().charges.length, 4);
});

test('a batch whose shard is lost for good can be cancelled: any of its rows may be charged, so all are unknown', async () => {
  const before = simulator.ledger().charges.length;
  const { batchId } = await withoutItsShard('lost-for-good');
  const handle = client.workflow.getHandle(batchId);
  await handle.cancel();
  await assert.rejects(handle.result());
  const outcomes = (await readManifest(await context.storage(), batchId))?.outcomes;
  assert.deepEqual([outcomes?.unknown, outcomes?.not_sent], [4, 0]);
  assert.equal(simulator.ledger().charges.length, before + 2);
});

test('a finished batch whose results are lost is not started again', async () => {
  const batchId = await studio.start('finished', Array(2).fill('good'));
  await client.workflow.getHandle(batchId).result();
  const charges = simulator.ledger().charges.length;
  const storage = await context.storage();
  await storage.files.remove(publicationsFolder(batchId));
  const access = { client, namespace: 'default' } as TemporalAccess;
  await assert.rejects(beginPass(context, access, await recordOf(batchId), 1), {
    code: 'conflict',
    message: /Temporal remembers that pass 1 .* has finished, but the storage has no results of it/,
  });
  assert.equal(simulator.ledger().charges.length, charges);
});
