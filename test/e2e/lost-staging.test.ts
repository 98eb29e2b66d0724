/* A redrive whose staging is lost: it can be cancelled, and the batch can be worked on as before. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { planPurge, purge } from '../../src/operations/purge.ts';
import { commitRedrive } from '../../src/operations/redrive/commit-redrive.ts';
import { planRedrive } from '../../src/operations/redrive/plan.ts';
import { readManifest } from '../../src/results/manifest.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { readBatchRecord } from '../../src/storage/batch-record.ts';
import { passFolder, stagingFolder } from '../../src/storage/layout.ts';
import { readProgress } from '../../src/temporal/batch-client.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { eventually } from '../support/condition.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';

const studio = await openRecordingStudio();
after(() => studio.close());
const { client, context, simulator } = studio;
const access = { client, namespace: 'default' };

test('a redrive whose staging is lost holds, ends when it is cancelled, and then purge and a redrive with the file work', async () => {
  const name = 'lost';
  const batchId = await studio.start(name, ['good', 'status-400', 'good']);
  const handle = client.workflow.getHandle(batchId);
  await handle.result();
  const storage = await context.storage();
  const record = await readBatchRecord(storage, batchId);
  assert.ok(record !== undefined);
  const fixed = `${studio.fileOf(name)}.fixed.csv`;
  const card = generatedCardNumber(70_001);
  await writeFile(
    fixed,
    `merchant_ref,card_number,expiry,amount,currency\n${name}-2,${card},12/2039,10.00,USD\n`,
  );
  const redrive = async (): Promise<number> => {
    const planned = await planRedrive(context, record, { path: fixed });
    assert.ok(planned.kind === 'new_pass');
    return (await commitRedrive(context, planned)).pass;
  };
  assert.equal(await redrive(), 2);
  for (const found of await storage.files.list(passFolder(batchId, 2))) {
    await storage.files.remove(`${passFolder(batchId, 2)}/${found}`);
  }
  await storage.files.remove(stagingFolder(batchId));
  const charges = simulator.ledger().charges.length;

  await startBatch(access, record, { pass: 2 });
  await eventually('the hold', async () => {
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.hold;
  });
  await handle.cancel();
  await assert.rejects(handle.result());
  const manifest = await readManifest(storage, batchId);
  assert.deepEqual(
    [manifest?.pass, manifest?.status, manifest?.outcomes.tokenized, manifest?.outcomes.failed],
    [2, 'cancelled', 2, 1],
  );
  assert.equal(simulator.ledger().charges.length, charges, 'nothing was sent');

  assert.equal(await redrive(), 3);
  await startBatch(access, record, { pass: 3 });
  await handle.result();
  assert.equal((await readManifest(storage, batchId))?.outcomes.tokenized, 3);
  assert.equal(simulator.ledger().charges.length, charges + 1);
  const planned = await planPurge(context, record);
  assert.ok(planned.kind === 'purge');
  await purge(context, planned);
  assert.equal((await planPurge(context, record)).kind, 'nothing');
});
