/*
 * The operator's command dies between any two of its steps and is repeated: one batch, one pass,
 * one resolution.
 */
import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { type BatchFindings, checkBatch, complaintsOf } from '../../crash/checker.ts';
import { type Cut, cutStorage, forEachCut } from '../../crash/steps/cut-storage.ts';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { resolveRows } from '../../src/cli/commands/resolve.ts';
import { commitRedrive } from '../../src/operations/redrive/commit-redrive.ts';
import { planRedrive } from '../../src/operations/redrive/plan.ts';
import { readManifest } from '../../src/results/manifest.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { readAudit } from '../../src/storage/audit-log.ts';
import { listBatchesOf } from '../../src/storage/batch-index.ts';
import { readBatchRecord } from '../../src/storage/batch-record.ts';
import { readDecisions } from '../../src/storage/decisions.ts';
import { batchFolder, formerResultKey, passFolder, resultKey } from '../../src/storage/layout.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { createTestContext } from '../support/app-context.ts';
import { besideOthers, launchFile } from '../support/launched-batch.ts';
import { openRecordingStudio, type RecordedRow } from '../support/recording-studio.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const studio = await openRecordingStudio();
after(() => studio.close());
const { client, context, simulator } = studio;
const access = { client, namespace: 'default' };
const folder = dirname(studio.storageFolder);
const merchantId = 'demo';
/** The studio's own cards come before these. */
let nextCard = 50_000;
const goodCard = (): string => {
  nextCard += 1;
  return generatedCardNumber(nextCard);
};

/** Runs it in a process that dies at the cut. */
async function untilCut(
  cut: Cut,
  at: CliContext,
  act: (dying: CliContext) => Promise<unknown>,
): Promise<'cut' | 'whole'> {
  const { storage, isCut } = cutStorage(await at.storage(), cut);
  const dying = { ...at, storage: () => Promise.resolve(storage) };
  return await Promise.race([act(dying).then(() => 'whole' as const), isCut.then(() => 'cut' as const)]);
}

/** Every cut of a command with this many steps, and one after its end. */
function cutsOf(steps: number): { readonly cut: Cut; readonly name: string }[] {
  return Array.from({ length: steps + 1 }, (_, at) => at + 1).flatMap((change) =>
    (['before', 'half', 'after'] as const).map((when) => ({
      cut: { change, when },
      name: `${when}-${change}`,
    })),
  );
}

/** Plays all cuts at once, and asserts that the command has exactly these steps. */
async function playCuts(
  prefix: string,
  steps: number,
  play: (cut: Cut, name: string) => Promise<'cut' | 'whole'>,
): Promise<void> {
  const plays = cutsOf(steps);
  const ends = await Promise.all(plays.map(({ cut, name }) => play(cut, `${prefix}-${name}`)));
  const whole = plays.filter((_, at) => ends[at] === 'whole').map(({ cut }) => cut.change);
  assert.deepEqual([...new Set(whole)], [steps + 1], 'every step was reached, and there was no other');
}

async function findingsOf(at: CliContext, batchId: string, refs: readonly string[]): Promise<BatchFindings> {
  const storage = await at.storage();
  const record = await readBatchRecord(storage, batchId);
  return await checkBatch({
    folder: storage.files.locate(batchFolder(batchId)),
    merchantRefs: refs,
    tag: record?.tag ?? '',
    ledger: simulator.ledger().charges,
  });
}

const refsOf = (name: string, rows: number): string[] =>
  Array.from({ length: rows }, (_, at) => `${name}-${at + 1}`);

async function actsOf(at: CliContext, batchId: string, wanted: string): Promise<number> {
  const { lines, damagedLines } = await readAudit(await at.storage(), batchId);
  assert.deepEqual(damagedLines, []);
  return lines.filter(({ act }) => act === wanted).length;
}

const published = async (name: string, rows: readonly RecordedRow[]): Promise<string> => {
  const batchId = await studio.start(name, rows);
  await client.workflow.getHandle(batchId).result();
  return batchId;
};

test('a resolve killed at any step and repeated leaves one resolution, complete new results and the previous ones', async (t) => {
  const name = 'resolved';
  const batchId = await published(name, ['good', 'error-after', 'good', 'error-after']);
  const former = await (await context.storage()).files.read(resultKey(batchId, 'results.csv'));
  const file = join(folder, 'resolved-by-a-person.csv');
  const unresolved = await (await context.storage()).files.read(resultKey(batchId, 'unresolved.csv'));
  const { charges } = simulator.ledger();
  const found = (parse(unresolved ?? '', { columns: true }) as Record<string, string>[]).map((cells) => {
    const charge = charges.find(({ merchantTxnRef }) => merchantTxnRef === cells.merchant_txn_ref);
    return {
      ...cells,
      resolution: 'tokenized',
      transaction_id: charge?.transactionId,
      stored_payment_method_id: charge?.storedPaymentMethodId,
    };
  });
  assert.equal(found.length, 2);
  await writeFile(file, stringify(found, { header: true }));

  const steps = await forEachCut(async (cut, what) => {
    const copy = await createTemporaryFolder(t);
    await cp(folder, copy, { recursive: true });
    const at = createTestContext(copy, context.config.baseUrl.url);
    const storage = await at.storage();
    const resolve = (by: CliContext) => resolveRows(by, batchId, file, { yes: true });
    const end = await untilCut(cut, at, resolve);
    assert.equal(await resolve(at), 0, what);
    const findings = await findingsOf(at, batchId, refsOf(name, 4));
    assert.equal(complaintsOf(findings).join('; '), '', what);
    assert.deepEqual(findings.outcomes, { tokenized: 4 }, what);
    assert.equal((await readDecisions(storage, batchId)).resolutions.length, 1, what);
    assert.equal(await actsOf(at, batchId, 'resolve'), 1, what);
    assert.equal((await readManifest(storage, batchId))?.version, 2, what);
    assert.deepEqual(await storage.files.read(formerResultKey(batchId, 1, 'results.csv')), former, what);
    assert.deepEqual(await storage.files.list(`${batchFolder(batchId)}/former`), ['v1'], what);
    return end;
  });
  assert.ok(steps >= 6, `${steps} steps`);
});

test('a start killed at any step, and repeated by two operators at once under two names, is one batch whose rows are charged once', async () => {
  // The index, the record, the audit log.
  await playCuts('started', 3, async (cut, name) => {
    const refs = refsOf(name, 3);
    const file = join(folder, `${name}.csv`);
    const lines = refs.map((ref) => `${ref},${goodCard()},12/2039,10.00,USD\n`);
    await writeFile(file, `merchant_ref,card_number,expiry,amount,currency\n${lines.join('')}`);
    const launch = (at: CliContext, batch: string) =>
      // The batches of the other cuts start at the same time.
      launchFile(at, file, { merchantId, batchName: batch, concurrency: 2 }, besideOthers);
    const end = await untilCut(cut, context, (dying) => launch(dying, name));

    const again = await Promise.all(
      [name, `${name}-again`].map(async (batch) => {
        const { record } = await launch(context, batch);
        await startBatch(access, record);
        return record.batchId;
      }),
    );
    const [batchId = ''] = again;
    assert.equal(again[1], batchId, name);
    await client.workflow.getHandle(batchId).result();
    const findings = await findingsOf(context, batchId, refs);
    assert.equal(complaintsOf(findings).join('; '), '', name);
    assert.deepEqual(findings.outcomes, { tokenized: 3 }, name);
    assert.equal(await actsOf(context, batchId, 'start'), 1, name);
    await assert.rejects(launch(context, name), /was already a batch of this merchant/);
    return end;
  });
  const storage = await context.storage();
  const records = await Promise.all(
    (await listBatchesOf(storage, merchantId)).map((batchId) => readBatchRecord(storage, batchId)),
  );
  const contents = new Set(records.map((record) => record?.file.sha256));
  assert.equal(contents.size, records.length, 'no content is two batches');
});

test('a redrive with a fixed file, killed at any step and repeated, is one pass that charges each of its rows once', async () => {
  // The key of the staging, the fixed rows, the plan, the audit log.
  await playCuts('redriven', 4, async (cut, name) => {
    const batchId = await published(name, ['good', 'status-400', 'rejected']);
    const storage = await context.storage();
    const record = await readBatchRecord(storage, batchId);
    assert.ok(record !== undefined);
    const refs = refsOf(name, 3);
    const fixed = join(folder, `${name}-fixed.csv`);
    const lines = refs.slice(1).map((ref) => `${ref},${goodCard()},12/2039,10.00,USD\n`);
    await writeFile(fixed, `merchant_ref,card_number,expiry,amount,currency\n${lines.join('')}`);
    const redrive = async (at: CliContext) => {
      const planned = await planRedrive(at, record, { path: fixed });
      assert.ok(planned.kind !== 'no_rows');
      return await commitRedrive(at, planned);
    };
    const end = await untilCut(cut, context, redrive);

    const plan = await redrive(context);
    assert.deepEqual([plan?.pass, plan?.rows], [2, 2], name);
    await startBatch(access, record, { pass: 2 });
    await client.workflow.getHandle(batchId).result();
    const findings = await findingsOf(context, batchId, refs);
    assert.equal(complaintsOf(findings).join('; '), '', name);
    assert.deepEqual(findings.outcomes, { tokenized: 3 }, name);
    assert.equal(await actsOf(context, batchId, 'redrive'), 1, name);
    const staged = (await storage.files.list(passFolder(batchId, 2))).filter((each) =>
      each.startsWith('staging-'),
    );
    assert.deepEqual(staged, [plan?.staging?.folder], `${name}: no fixed card lies in another place`);
    assert.deepEqual(await storage.files.list(passFolder(batchId, 3)), []);
    return end;
  });
});
