/*
 * Two operators decide about one batch at the same time: the second is refused, learns who
 * decided what, and can look again.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { readTargetFingerprint } from '../../src/app/target.ts';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { describeFailure } from '../../src/cli/failure.ts';
import { OperationRefused } from '../../src/operations/errors.ts';
import { planPurge, purge } from '../../src/operations/purge.ts';
import { commitRedrive } from '../../src/operations/redrive/commit-redrive.ts';
import { planRedrive } from '../../src/operations/redrive/plan.ts';
import { checkResolution } from '../../src/operations/resolve/check.ts';
import { recordResolution } from '../../src/operations/resolve/record.ts';
import { consolidateShard } from '../../src/results/consolidate-shard.ts';

import { publishBatch } from '../../src/results/publish-batch.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import { findCardData } from '../../src/storage/card-data.ts';
import { readDecisions } from '../../src/storage/decisions.ts';
import { batchFolder, passFolder, resultKey } from '../../src/storage/layout.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { answeredEnd, keepBatch } from '../support/kept-batch.ts';
import { writeOutcomeLines } from '../support/outcome-lines.ts';
import { readPrintedCommands } from '../support/printed-commands.ts';

/** Row 1 is tokenized, row 2 may be sent again, and the outcome of row 3 is unknown. */
async function openBatch(t: TestContext) {
  const batch = await keepBatch(t, 3, { createdAt: new Date().toISOString() });
  const { storage, context } = batch;
  const record = { ...batch.record, targetFingerprint: await readTargetFingerprint(context, false) };
  const { batchId } = record;
  const answer = (errorCode: 'request_refused' | 'unknown_timeout', outcome: 'failed' | 'unknown') => ({
    outcome,
    errorCode,
    isCharged: false,
  });
  await batch.intent(1, 1, answeredEnd(1, 1));
  await batch.intent(2, 1, strip(answeredEnd(2, 1, answer('request_refused', 'failed'))));
  await batch.intent(3, 1, strip(answeredEnd(3, 1, answer('unknown_timeout', 'unknown'))));
  const ref = { batchId, pass: 1, shard: 1 };
  await storage.intents.seal(ref, 'complete');
  await consolidateShard({ storage, ref, rows: batch.rows, isCancelled: false });
  const publish = (pass: number) =>
    publishBatch({
      storage,
      record,
      staging: { rows: 3, shards: 1 },
      pass,
      isCancelled: false,
      versions: {},
      publishedAt: new Date().toISOString(),
    });
  await publish(1);
  const folder = dirname(context.config.storageFolder);
  return {
    storage,
    record,
    publish,
    folder,
    as: (operator: string): CliContext => ({ ...context, operator }),
    /** A file that resolves row 3. */
    async resolutionFile(cells: Record<string, string>): Promise<string> {
      const unresolved = await storage.files.read(resultKey(batchId, 'unresolved.csv'));
      const [row] = parse(unresolved ?? '', { columns: true }) as Record<string, string>[];
      const path = join(folder, `${cells.resolution}.csv`);
      await writeFile(path, stringify([{ ...row, ...cells }], { header: true }));
      return path;
    },
  };
}

type Opened = Awaited<ReturnType<typeof openBatch>>;

/** An answer without the ids of a payment. */
function strip(end: ReturnType<typeof answeredEnd>): ReturnType<typeof answeredEnd> {
  if (end.kind !== 'final') return end;
  const { storedPaymentMethodId: _, transactionId: __, ...answer } = end.answer;
  return { ...end, answer };
}

/** What an operator can do: look first, and act on what they saw later. */
const deeds: Readonly<Record<string, (opened: Opened, who: string) => Promise<() => Promise<unknown>>>> = {
  async redrive({ as, record }, who) {
    const plan = await planRedrive(as(who), record, {});
    assert.ok(plan.kind === 'new_pass');
    return () => commitRedrive(as(who), plan);
  },
  async 'redrive with a file'({ as, record, folder }, who) {
    const path = join(folder, "mia's fixed.csv");
    await writeFile(
      path,
      'merchant_ref,card_number,expiry,amount,currency\nref-2,4111111111111111,12/2039,100,JPY\n',
    );
    const plan = await planRedrive(as(who), record, { path });
    assert.ok(plan.kind === 'new_pass');
    return () => commitRedrive(as(who), plan);
  },
  async resolve({ as, record, resolutionFile }, who) {
    const checked = await checkResolution(
      as(who),
      record,
      await resolutionFile({ resolution: 'not_charged' }),
    );
    return () => recordResolution(as(who), checked);
  },
  async purge({ as, record }, who) {
    const plan = await planPurge(as(who), record, { evenWithRowsLeft: true });
    assert.ok(plan.kind === 'purge');
    return () => purge(as(who), plan);
  },
};

const said: Readonly<Record<string, RegExp>> = {
  redrive: /^ {2}ann@desk planned pass 2 with 1 row on 2\d/m,
  'redrive with a file': /^ {2}ann@desk planned pass 2 with 1 row on 2\d/m,
  resolve: /^ {2}ann@desk resolved 1 row on 2\d/m,
  purge: /^ {2}ann@desk purged the card data on 2\d/m,
};

async function filesOf(storage: Storage, record: BatchRecord): Promise<unknown> {
  return [
    (await findCardData(storage, record)).files,
    // An empty folder may remain.
    (await storage.files.list(batchFolder(record.batchId))).filter((name) => name !== 'pass-2'),
    await storage.files.list(passFolder(record.batchId, 2)),
    await readDecisions(storage, record.batchId),
  ];
}

for (const [deed, look] of Object.entries(deeds)) {
  for (const [first, lookFirst] of Object.entries(deeds)) {
    test(`a ${deed} is refused if someone decided a ${first} while the operator thought, and changes nothing`, async (t) => {
      const opened = await openBatch(t);
      const { storage, record } = opened;
      const act = await look(opened, 'mia@desk');
      await (await lookFirst(opened, 'ann@desk'))();
      const before = await filesOf(storage, record);
      await assert.rejects(act(), (error: unknown) => {
        assert.ok(error instanceof OperationRefused);
        assert.equal(error.code, 'decided_meanwhile');
        assert.match(error.message, /^Nothing was (sent|resolved|removed): /);
        assert.match(error.message, said[first] ?? /never/);
        const commands = readPrintedCommands(error.message);
        const own = commands.at(-1) ?? '';
        assert.ok(own.startsWith(`cardlift ${deed.split(' ')[0]} ${record.batchId}`), own);
        assert.equal(
          commands.includes(`cardlift redrive ${record.batchId} --cancel`),
          first.startsWith('redrive'),
        );
        assert.equal(describeFailure(error).exitCode, 2);
        return true;
      });
      assert.deepEqual(await filesOf(storage, record), before);
    });
  }
}

/** Row 3 was resolved as not charged by mistake. */
async function correctionFile({ folder }: Opened): Promise<string> {
  const path = join(folder, 'corrected.csv');
  const cells = { row: '3', merchant_ref: 'ref-3', merchant_txn_ref: 'abcdefghijkl-p1-r3-n1' };
  const found = { resolution: 'tokenized', transaction_id: 'txn-3', stored_payment_method_id: 'pm-3' };
  await writeFile(path, stringify([{ ...cells, ...found }], { header: true }));
  return path;
}

test('a correction is refused after a redrive that it would have stopped was planned, carried out and published', async (t) => {
  const opened = await openBatch(t);
  const { storage, record, as, publish } = opened;
  await (await deeds.resolve?.(opened, 'ann@desk'))?.();
  const checked = await checkResolution(as('mia@desk'), record, await correctionFile(opened));
  const plan = await planRedrive(as('ann@desk'), record, {});
  assert.ok(plan.kind === 'new_pass');
  assert.deepEqual(plan.chosen.rows, [2, 3]);
  await commitRedrive(as('ann@desk'), plan);
  await writeOutcomeLines(storage, { batchId: record.batchId, pass: 2, shard: 1 }, []);
  await publish(2);
  await assert.rejects(recordResolution(as('mia@desk'), checked), {
    code: 'decided_meanwhile',
    message: /ann@desk planned pass 2 with 2 rows/,
  });
});

test('a redrive is refused if a row it would send was corrected while its operator thought, and then leaves the row out', async (t) => {
  const opened = await openBatch(t);
  const { record, as } = opened;
  await (await deeds.resolve?.(opened, 'ann@desk'))?.();
  const act = await deeds.redrive?.(opened, 'mia@desk');
  const corrected = await checkResolution(as('ann@desk'), record, await correctionFile(opened));
  await recordResolution(as('ann@desk'), corrected);
  await assert.rejects(act?.() ?? Promise.resolve(), { code: 'decided_meanwhile' });
  const again = await planRedrive(as('mia@desk'), record, {});
  assert.ok(again.kind === 'new_pass');
  assert.deepEqual(again.chosen.rows, [2]);
});
