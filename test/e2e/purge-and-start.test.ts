/* A purge and a start of the same batch at the same time. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Connection } from '@temporalio/client';
import { planPurge, purge } from '../../src/operations/purge.ts';
import { readManifest } from '../../src/results/manifest.ts';
import { readAudit } from '../../src/storage/audit-log.ts';
import { type BatchRecord, readBatchRecord } from '../../src/storage/batch-record.ts';
import { findCardData } from '../../src/storage/card-data.ts';
import { readProgress } from '../../src/temporal/batch-client.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';

const studio = await openRecordingStudio();
after(() => studio.close());
const { client, context, simulator } = studio;
process.env.TEMPORAL_ADDRESS = (client.connection as Connection).options.address;

const holdOf = (batchId: string) =>
  eventually('the hold', async () => {
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.hold;
  });

/** A batch whose workflow was ended from outside after its canary. */
async function lostBatch(name: string): Promise<BatchRecord> {
  const batchId = await studio.start(name, Array(3).fill('good'), { canaryRows: 1 });
  await holdOf(batchId);
  await client.workflow.getHandle(batchId).terminate('lost');
  const record = await readBatchRecord(await context.storage(), batchId);
  assert.ok(record !== undefined);
  return record;
}

test('a batch that is started while an operator thinks about its purge keeps its card data, and the purge works after its end', async () => {
  const record = await lostBatch('started-again');
  const { batchId } = record;
  const storage = await context.storage();
  const planned = await planPurge(context, record, { evenWithRowsLeft: true });
  assert.ok(planned.kind === 'purge');
  await startBatch({ client, namespace: 'default' }, record);
  await assert.rejects(purge(context, planned), {
    code: 'not_ended',
    message: /running, paused or on hold.*\n {2}cardlift run .* --cancel/,
  });
  assert.ok((await findCardData(storage, record)).files > 0);
  const purges = async (): Promise<number> =>
    (await readAudit(storage, batchId)).lines.filter(({ act }) => act === 'purge').length;
  assert.equal(await purges(), 0, 'nothing was removed yet');
  await assert.rejects(planPurge(context, record, { evenWithRowsLeft: true }), { code: 'not_ended' });

  await client.workflow.getHandle(batchId).result();
  assert.equal((await readManifest(storage, batchId))?.outcomes.tokenized, 3);
  assert.equal(simulator.ledger().charges.length, 3);
  const again = await planPurge(context, record);
  assert.ok(again.kind === 'purge');
  await purge(context, again);
  const { files, mark } = await findCardData(storage, record);
  assert.deepEqual([files, mark?.state], [0, 'done']);
  assert.equal(await purges(), 2, 'each decision has its line');
});
