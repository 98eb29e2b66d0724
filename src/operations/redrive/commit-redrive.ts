/* The second half of a redrive: creates the plan of the agreed pass, or continues the open one. */

import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { definedOf } from '../../domain/defined.ts';
import { runsOf } from '../../domain/shard-plan.ts';
import { readPublicationState } from '../../results/publication-state.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { type DecisionDraft, planOf } from '../../storage/decisions.ts';
import { passFolder, passStagingFolder } from '../../storage/layout.ts';
import type { PassPlan } from '../../storage/pass-plan.ts';
import { createPassStaging, writePassShard } from '../../storage/pass-staging.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Reason } from '../audit-news.ts';
import { authorOf, commitDecision } from '../commit-decision.ts';
import { EngineFailed, OperationRefused } from '../errors.ts';
import { describeNoResults } from '../lookups/no-results.ts';
import { quoteForShell } from '../run-again.ts';
import { byShard } from './choose.ts';
import type { FixedFile } from './match-file.ts';
import type { NewPassPlan, RedrivePlan, RedriveRequest } from './plan.ts';

/**
 * Carries the plan out. Of several simultaneous redrives, one creates the pass. Throws
 * OperationRefused, also if anything else was decided about the batch since the plan was made.
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
  { record, pass, chosen, fixed, request, basedOn }: NewPassPlan,
  reason: Reason,
): Promise<PassPlan> {
  const { batchId } = record;
  const { path, only, includesSoftDeclines = false } = request;
  const storage = await context.storage();
  const staging = fixed === undefined ? undefined : await stageFixed(context, storage, record, pass, fixed);
  const draft: DecisionDraft = {
    kind: 'plan',
    ...authorOf(context, reason),
    plan: {
      pass,
      includesSoftDeclines,
      ...(only === undefined ? {} : { only: [...only] }),
      ...(path === undefined || fixed === undefined
        ? {}
        : { file: { name: basename(path), sha256: fixed.sha256 } }),
      ...definedOf({ staging }),
      rows: chosen.rows.length,
      amounts: { ...chosen.amounts },
      runs: runsOf(chosen.rows),
    },
  };
  const nothing = 'Nothing was sent';
  const again = describeRedriveAgain(record, request);
  const commit = { basedOn, draft, nothing, again };
  const decision = await commitDecision(context, record, commit).catch(async (error: unknown) => {
    // After any other failure the decision may exist, and the rows with it.
    if (error instanceof OperationRefused && staging !== undefined) {
      await storage.files.remove(passStagingFolder(batchId, pass, staging.folder));
    }
    throw error;
  });
  if (decision.kind !== 'plan') throw new EngineFailed('The storage returned another decision');
  const plan = planOf(decision);
  await completePlan(context, batchId, plan);
  return plan;
}

/**
 * Writes what follows from an existing plan, whichever process created it. Does nothing if that is
 * done.
 */
async function completePlan(context: AppContext, batchId: string, plan: PassPlan): Promise<void> {
  const storage = await context.storage();
  const { pass, rows, createdAt: at, createdBy: who, reason } = plan;
  await appendAudit(storage, batchId, {
    id: `redrive ${pass}`,
    at,
    who,
    act: 'redrive',
    ...definedOf({ reason }),
    details: { pass, rows },
  });
  await removeOtherStaging(storage, batchId, plan);
}

/** The command that makes this request again. */
function describeRedriveAgain(
  { batchId }: BatchRecord,
  { path, only, includesSoftDeclines }: RedriveRequest,
): string {
  return [
    `cardlift redrive ${batchId}`,
    ...(path === undefined ? [] : [quoteForShell(path)]),
    ...(only === undefined ? [] : [`--only ${only.join(',')}`]),
    ...(includesSoftDeclines === true ? ['--include soft-declines'] : []),
  ].join(' ');
}

/**
 * Stages the fixed rows with a key of their own. No process reads them before a plan refers to
 * them.
 */
async function stageFixed(
  context: AppContext,
  storage: Storage,
  { batchId }: BatchRecord,
  pass: number,
  { rows }: FixedFile,
): Promise<NonNullable<PassPlan['staging']>> {
  const folder = `staging-${randomUUID().slice(0, 8)}`;
  const staging = await createPassStaging(storage, await context.operatorKey(), { batchId, pass, folder });
  for (const [shard, some] of byShard(rows)) await writePassShard(storage, staging, shard, some);
  return { folder };
}

/** Removes the staging of redrives that did not create the pass. Its keys are already gone. */
async function removeOtherStaging(storage: Storage, batchId: string, plan: PassPlan): Promise<void> {
  for (const name of await storage.files.list(passFolder(batchId, plan.pass))) {
    if (name.startsWith('staging-') && name !== plan.staging?.folder) {
      await storage.files.remove(passStagingFolder(batchId, plan.pass, name));
    }
  }
}
