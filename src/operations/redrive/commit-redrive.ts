/* The second half of a redrive: creates the plan of the agreed pass, or continues the open one. */

import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { countOf } from '../../domain/counted-text.ts';
import { definedOf } from '../../domain/defined.ts';
import { runsOf } from '../../domain/shard-plan.ts';
import { readPublicationState } from '../../results/publication-state.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import { type BatchRecord, unwrapDataKey, wrapNewDataKey } from '../../storage/batch-record.ts';
import { passFolder, passStagingFolder } from '../../storage/layout.ts';
import { createPassPlan, type PassPlan, readPassPlan } from '../../storage/pass-plan.ts';
import { writePassShard } from '../../storage/pass-staging.ts';
import type { Storage } from '../../storage/storage.ts';
import { auditNewsOf, type Reason } from '../audit-news.ts';
import { OperationRefused } from '../errors.ts';
import { describeNoResults } from '../lookups/no-results.ts';
import { byShard } from './choose.ts';
import type { FixedFile } from './match-file.ts';
import type { NewPassPlan, RedrivePlan } from './plan.ts';

/**
 * Carries the plan out. Of several simultaneous redrives, one creates the pass. Throws
 * OperationRefused.
 */
export async function commitRedrive(
  context: AppContext,
  redrive: Exclude<RedrivePlan, { kind: 'no_rows' }>,
  reason: Reason = {},
): Promise<PassPlan> {
  if (redrive.kind === 'new_pass') return await createPass(context, redrive, reason);
  await completePlan(context, redrive.record.batchId, redrive.plan);
  return redrive.plan;
}

/** The open pass of the batch, to continue or end. Throws OperationRefused if none is open. */
export async function requireOpenPass(context: AppContext, record: BatchRecord): Promise<PassPlan> {
  const storage = await context.storage();
  const publication = await readPublicationState(storage, record);
  switch (publication.kind) {
    case 'first_pass_open':
      throw new OperationRefused(
        'conflict',
        `There is nothing to send again. ${await describeNoResults(storage, record)}`,
      );
    case 'published':
      throw new OperationRefused(
        'invalid',
        `Nothing to cancel: no pass of the batch ${record.batchId} is open`,
      );
    case 'pass_open':
      await completePlan(context, record.batchId, publication.plan);
      return publication.plan;
  }
}

async function createPass(
  context: AppContext,
  { record, pass, chosen, fixed, request }: NewPassPlan,
  reason: Reason,
): Promise<PassPlan> {
  const { batchId } = record;
  const { path, only, includesSoftDeclines = false } = request;
  const storage = await context.storage();
  const staging = fixed === undefined ? undefined : await stageFixed(context, storage, record, pass, fixed);
  const plan: PassPlan = {
    version: 1,
    pass,
    createdAt: new Date().toISOString(),
    createdBy: context.operator,
    includesSoftDeclines,
    ...(only === undefined ? {} : { only: [...only] }),
    ...(path === undefined || fixed === undefined
      ? {}
      : { file: { name: basename(path), sha256: fixed.sha256 } }),
    ...definedOf({ staging }),
    rows: chosen.rows.length,
    amounts: { ...chosen.amounts },
    runs: runsOf(chosen.rows),
  };
  if (!(await createPassPlan(storage, batchId, plan))) {
    if (staging !== undefined) {
      await storage.files.remove(passStagingFolder(batchId, pass, staging.folder));
    }
    const theirs = await readPassPlan(storage, batchId, pass);
    throw new OperationRefused(
      'conflict',
      `Another operator (${theirs?.createdBy}) started pass ${pass} in the meantime, with ${countOf(theirs?.rows ?? 0, 'row')}. To continue it:\n  cardlift redrive ${batchId}`,
    );
  }
  await completePlan(context, batchId, plan, reason);
  return plan;
}

/**
 * Writes what follows from an existing plan, whichever process created it. Does nothing if that is
 * done.
 */
async function completePlan(
  context: AppContext,
  batchId: string,
  plan: PassPlan,
  reason: Reason = {},
): Promise<void> {
  const storage = await context.storage();
  const { pass, rows, createdAt: at, createdBy: who } = plan;
  await appendAudit(storage, batchId, {
    ...auditNewsOf(context, 'redrive', reason, { pass, rows }),
    at,
    who,
    id: `redrive ${pass}`,
  });
  await removeOtherStaging(storage, batchId, plan);
}

/**
 * Stages the fixed rows with a key of their own. No process reads them before a plan refers to
 * them.
 */
async function stageFixed(
  context: AppContext,
  storage: Storage,
  record: BatchRecord,
  pass: number,
  { rows }: FixedFile,
): Promise<NonNullable<PassPlan['staging']>> {
  const { batchId } = record;
  const operatorKey = await context.operatorKey();
  const folder = `staging-${randomUUID().slice(0, 8)}`;
  const dataKey = wrapNewDataKey(operatorKey, batchId);
  const staging = { batchId, pass, folder, dataKey: unwrapDataKey(operatorKey, { batchId, dataKey }) };
  for (const [shard, some] of byShard(rows)) await writePassShard(storage, staging, shard, some);
  return { folder, dataKey };
}

/** Removes the staging of redrives that did not create the pass. Its keys are already gone. */
async function removeOtherStaging(storage: Storage, batchId: string, plan: PassPlan): Promise<void> {
  for (const name of await storage.files.list(passFolder(batchId, plan.pass))) {
    if (name.startsWith('staging-') && name !== plan.staging?.folder) {
      await storage.files.remove(passStagingFolder(batchId, plan.pass, name));
    }
  }
}
