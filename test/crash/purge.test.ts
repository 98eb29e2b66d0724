/*
 * A purge dies at each of its steps and is repeated: the card data goes, the rest stays, and
 * nothing is sent again.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { after, test } from 'node:test';
import { checkBatch, complaintsOf } from '../../crash/checker.ts';
import { type Cut, cutStorage, forEachCut } from '../../crash/steps/cut-storage.ts';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { purgeBatch } from '../../src/cli/commands/purge.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { commitRedrive } from '../../src/operations/redrive/commit-redrive.ts';
import { planRedrive } from '../../src/operations/redrive/plan.ts';
import { type BatchRecord, readBatchRecord } from '../../src/storage/batch-record.ts';
import { findCardData, readPurgeMark } from '../../src/storage/card-data.ts';
import { batchFolder, stagingFolder } from '../../src/storage/layout.ts';
import { replacePlace } from '../../src/storage/local/storage-place.ts';
import { readProgress } from '../../src/temporal/batch-client.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { createTestContext } from '../support/app-context.ts';
import { eventually } from '../support/condition.ts';
import { createIntent } from '../support/intents.ts';
import { launchFile } from '../support/launched-batch.ts';
import { openRecordingStudio } from '../support/recording-studio.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const studio = await openRecordingStudio();
after(() => studio.close());
const { client, simulator } = studio;
const folder = dirname(studio.storageFolder);
const merchantId = 'demo';

const recordOf = async (context: CliContext, batchId: string): Promise<BatchRecord> => {
  const record = await readBatchRecord(await context.storage(), batchId);
  assert.ok(record !== undefined);
  return record;
};

/** Purges, and dies at the cut if it reaches it. */
async function purgeUntil(context: CliContext, batchId: string, cut: Cut): Promise<'cut' | 'whole'> {
  const { storage, isCut } = cutStorage(await context.storage(), cut);
  const dying = { ...context, storage: () => Promise.resolve(storage) };
  const options = { yes: true, evenWithRowsLeft: true } as const;
  return await Promise.race([
    purgeBatch(dying, batchId, options).then(() => 'whole' as const),
    isCut.then(() => 'cut' as const),
  ]);
}

/**
 * What a purge must not touch, by path: all but the card data, its own decision and mark, and its
 * lines in the audit log.
 */
async function whatStays(context: CliContext, batchId: string): Promise<Record<string, unknown>> {
  const root = (await context.storage()).files.locate(batchFolder(batchId));
  const kept: Record<string, unknown> = {};
  for (const found of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(found.parentPath, found.name)
      .slice(root.length + 1)
      .replaceAll(sep, '/');
    if (!found.isFile() || /(^|\/)staging|^purge\.json$|\.tmp$/.test(path)) continue;
    const text = await readFile(join(root, path), 'utf8');
    if (path.startsWith('audit/') && /"act": ?"purge"/.test(text)) continue;
    if (path.startsWith('decisions/') && /"kind":"purge"/.test(text)) continue;
    // The key is to be destroyed; the rest of the record stays. Other files are compared by digest,
    // so a failure takes one line.
    kept[path] = /batch\.json$/.test(path)
      ? JSON.parse(text, (name, value) => (name === 'wrapped' ? undefined : value))
      : createHash('sha256').update(text).digest('hex');
  }
  return kept;
}

/** The files in the batch's folder that hold card data, half-written ones included. */
async function cardDataOf(context: CliContext, batchId: string): Promise<string[]> {
  const root = (await context.storage()).files.locate(batchFolder(batchId));
  return (await readdir(root, { recursive: true })).filter((path) => /\.enc(\.|$)/.test(path));
}

test('a published batch whose purge is killed at any step keeps all but its card data, and a repeated purge leaves none of that', async (t) => {
  const batchId = await studio.start('purge-published', ['good', 'status-400', 'good', 'rejected']);
  await client.workflow.getHandle(batchId).result();
  const first = studio.context;
  await fixRow(first, batchId);
  await startBatch({ client, namespace: 'default' }, await recordOf(first, batchId), { pass: 2 });
  await client.workflow.getHandle(batchId).result();
  const charges = simulator.ledger().charges.length;

  const steps = await forEachCut(async (cut, name) => {
    const copy = await createTemporaryFolder(t);
    await cp(folder, copy, { recursive: true });
    const context = createTestContext(copy, first.config.baseUrl.url);
    // The copy stands for the same storage at another step.
    await replacePlace(context.config.storageFolder);
    const storage = await context.storage();
    const before = await whatStays(context, batchId);
    assert.ok(Object.keys(before).includes('results.csv') && Object.keys(before).includes('manifest.json'));
    assert.equal((await cardDataOf(context, batchId)).length, 2, 'of the batch, and of its second pass');

    const end = await purgeUntil(context, batchId, cut);
    assert.deepEqual(await whatStays(context, batchId), before, name);
    await refuseToBegin(context, batchId);
    if (end === 'cut') {
      if ((await readPurgeMark(storage, batchId))?.state === 'begun') {
        await assert.rejects(planAgain(context, batchId), /A purge of the batch was interrupted/, name);
      }
      await purgeBatch(context, batchId, { yes: true, evenWithRowsLeft: true });
    }
    assert.deepEqual(await whatStays(context, batchId), before, name);
    assert.deepEqual(await cardDataOf(context, batchId), [], name);
    const record = await recordOf(context, batchId);
    assert.equal((await findCardData(storage, record)).mark?.state, 'done', name);
    await refuseToBegin(context, batchId);
    await assert.rejects(planAgain(context, batchId), /staging was purged\. Give the merchant's file/, name);
    return end;
  });
  assert.ok(steps >= 8, `${steps} steps`);
  assert.equal(simulator.ledger().charges.length, charges, 'nothing was sent');
});

/** Plans a second pass over row 2. Its staging is beside the plan, as a fixed file leaves it. */
async function fixRow(context: CliContext, batchId: string): Promise<void> {
  const record = await recordOf(context, batchId);
  const fixed = join(folder, 'fixed.csv');
  await writeFile(fixed, await readFile(studio.fileOf('purge-published'), 'utf8').then(onlyRow2));
  const redrive = await planRedrive(context, record, { path: fixed });
  assert.ok(redrive.kind === 'new_pass');
  const plan = await commitRedrive(context, redrive);
  assert.equal(plan.rows, 1);
}

const onlyRow2 = (text: string): string =>
  text
    .split('\n')
    .filter((_, at) => at === 0 || at === 2)
    .join('\n');

/** The same file is not a new batch, whatever remains of this batch's card data. */
async function refuseToBegin(context: CliContext, batchId: string): Promise<void> {
  const file = join(folder, 'purge-published.csv');
  await assert.rejects(launchFile(context, file, { merchantId, batchName: 'another' }), (error: Error) =>
    error.message.includes(`was already a batch of this merchant: ${batchId}`),
  );
}

async function planAgain(context: CliContext, batchId: string): Promise<unknown> {
  return await planRedrive(context, await recordOf(context, batchId), {});
}

test('an open batch that is purged, even if killed at any step, and started again is staged again: no recorded row is sent again', async () => {
  simulator.change({ latencyMs: 0 });
  // First as many batches as a purge has steps, cut in three ways each; the last purge completes.
  const plays: { readonly cut: Cut; readonly name: string }[] = [];
  for (let change = 1; change <= openBatchSteps + 1; change += 1) {
    for (const when of ['before', 'half', 'after'] as const) {
      plays.push({ cut: { change, when }, name: `open-${when}-${change}` });
    }
  }
  const ends = await Promise.all(plays.map(({ cut, name }) => playOpenBatch(cut, name)));
  const whole = plays.filter((_, at) => ends[at] === 'whole').map(({ cut }) => cut.change);
  assert.deepEqual(
    [...new Set(whole)],
    [openBatchSteps + 1],
    'every step was reached, and there was no other',
  );
});

/** The decision, audit line, summary, the record's new key, staging, kept answers, and the mark. */
const openBatchSteps = 7;
const rows = 6;
/** Sent before the purge. */
const canaryRows = 2;
const rowWithOpenIntent = 3;

async function playOpenBatch(cut: Cut, name: string): Promise<'cut' | 'whole'> {
  const batchId = await studio.start(name, Array(rows).fill('good'), { canaryRows });
  await eventually('the canary', async () => {
    // A busy worker may not answer in time, so the question is repeated.
    const progress = await readProgress(client, batchId).catch(() => undefined);
    return progress?.hold;
  });
  await client.workflow
    .getHandle(shardWorkflowIdOf(batchId, 1, 1))
    .terminate('lost')
    .catch(() => undefined);
  await client.workflow.getHandle(batchId).terminate('lost');
  const { context } = studio;
  const storage = await context.storage();
  const { tag } = await recordOf(context, batchId);
  const intent = {
    row: rowWithOpenIntent,
    intent: 1,
    merchantTxnRef: `${tag}-p1-r3-n1`,
    owner: 'dead:1:1',
    nonce: 'a nonce',
  };
  const createdAtMs = Date.now() - 600_000;
  const head = { ...intent, createdAtMs, deadlineMs: createdAtMs + 10_000 };
  assert.ok((await createIntent(storage.intents, { batchId, pass: 1, shard: 1 }, head)) !== undefined);

  const end = await purgeUntil(context, batchId, cut);
  // Every second interrupted purge is repeated; the others are forgotten.
  if (end === 'cut' && cut.change % 2 === 0) {
    await purgeBatch(context, batchId, { yes: true, evenWithRowsLeft: true });
    assert.deepEqual(await cardDataOf(context, batchId), [], name);
  }
  const { record, isNew } = await launchFile(context, studio.fileOf(name), { merchantId });
  assert.deepEqual([record.batchId, isNew], [batchId, false]);
  await startBatch({ client, namespace: 'default' }, record);
  await client.workflow.getHandle(batchId).result();

  const findings = await checkBatch({
    folder: storage.files.locate(batchFolder(batchId)),
    merchantRefs: Array.from({ length: rows }, (_, at) => `${name}-${at + 1}`),
    tag,
    ledger: simulator.ledger().charges,
    explain: (row) => (row === rowWithOpenIntent ? 'its intent was open' : undefined),
  });
  assert.equal(complaintsOf(findings).join('; '), '', name);
  assert.deepEqual(findings.outcomes, { tokenized: rows - 1, unknown: 1 }, name);
  assert.deepEqual(findings.unknown, [rowWithOpenIntent], name);
  assert.equal(findings.chargesOfRow(rowWithOpenIntent).length, 0, name);
  assert.ok((await storage.files.list(stagingFolder(batchId))).length > 0, 'it was staged again');
  return end;
}
