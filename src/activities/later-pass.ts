/*
 * A pass after the first, as its activities see it: the plan, the rows and their prior outcomes.
 * Each row is checked once more before it is sent: against the outcomes of all earlier passes,
 * which are consolidated and change only by late results, and against the intents, which hold the
 * late results. An intent that was open when its shard was consolidated is never removed, so no
 * late result is missed.
 */

import type { RowOutcome } from '../contract/outcome.ts';
import { definedOf } from '../domain/defined.ts';
import { mayBeSentAgain, type ResendChoice } from '../domain/resend.ts';
import { shardOf } from '../domain/shard-plan.ts';
import type { SendableRow } from '../domain/staged-row.ts';
import { isBlocking } from '../results/blocked-rows.ts';
import { lineWithLateResult } from '../results/late-results.ts';
import { mergeRow, type PassLine } from '../results/merge-row.ts';
import { readShardLines } from '../results/merged-shard.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { DecisionError, readDecisions } from '../storage/decisions.ts';
import { type PassPlan, PassPlanError, plannedRowsOf } from '../storage/pass-plan.ts';
import { openPassRows, readPlannedRows } from '../storage/pass-staging.ts';
import { resolutionsByRef } from '../storage/resolutions.ts';
import type { ActivityDeps } from './deps.ts';

export interface LaterPass {
  readonly plan: PassPlan;
  /** The rows of a shard that the pass sends, in order. */
  rowsOfShard(shard: number): Promise<readonly SendableRow[]>;
  /** Undefined if the row may be sent now. Otherwise the outcome that forbids it. */
  priorOutcomeOf(row: number): Promise<RowOutcome | undefined>;
}

/** The shards whose earlier lines stay in memory: a few more than run at once. */
const keptShards = 32;

/** Opens a pass after the first. Throws PassPlanError, ResolutionError and BatchRecordError. */
export async function openLaterPass(
  { storage, operatorKey }: ActivityDeps,
  record: BatchRecord,
  pass: number,
): Promise<LaterPass> {
  const decisions = await readDecisions(storage, record.batchId).catch((error: unknown) => {
    // Nothing may be sent from plans or resolutions that are incomplete.
    throw error instanceof DecisionError ? new PassPlanError(error.message) : error;
  });
  const plans = decisions.plans.slice(0, pass - 1);
  const plan = plans[pass - 2];
  if (plan === undefined) throw new PassPlanError(`Pass ${pass} has no plan`);
  const earlier = { storage, batchId: record.batchId, rows: record.file.rows, plans: plans.slice(0, -1) };
  // No row is resolved while a pass is open, and the plan's rows were resolved before it.
  const verdicts = resolutionsByRef(decisions.resolutions);
  const rows = openPassRows(storage, operatorKey, record, plans);
  const choice: ResendChoice = {
    includesSoftDeclines: plan.includesSoftDeclines,
    hasFile: plan.file !== undefined,
    ...definedOf({ only: plan.only }),
  };
  const pasts = new Map<number, ReturnType<typeof readShardLines>>();
  const pastOf = (shard: number): ReturnType<typeof readShardLines> => {
    const past = pasts.get(shard) ?? readShardLines(earlier, shard);
    pasts.delete(shard);
    pasts.set(shard, past);
    past.catch(() => pasts.delete(shard));
    const [oldest] = pasts.keys();
    if (pasts.size > keptShards && oldest !== undefined) pasts.delete(oldest);
    return past;
  };

  return {
    plan,
    rowsOfShard: (shard) => readPlannedRows(rows, plan, shard),
    async priorOutcomeOf(row) {
      const shard = shardOf(row);
      const lines = (await pastOf(shard)).get(row);
      if (lines === undefined || !plannedRowsOf(plan, shard).includes(row)) {
        throw new PassPlanError(`Pass ${pass} does not send row ${row}`);
      }
      const intents = await Promise.all(
        Array.from({ length: pass - 1 }, (_, index) =>
          storage.intents.last({ batchId: record.batchId, pass: index + 1, shard }, row),
        ),
      );
      // Even after the consolidation the owner may still write a result, unless a person has
      // resolved the send.
      if (intents.some((intent) => isBlocking(intent, verdicts))) return 'unknown';
      const freshOf = ({ pass: number, line }: PassLine): PassLine => ({
        pass: number,
        line: lineWithLateResult(line, intents[number - 1]),
      });
      const [first, ...others] = lines;
      const { line } = mergeRow([freshOf(first), ...others.map(freshOf)], verdicts);
      return mayBeSentAgain(line, choice) ? undefined : line.outcome;
    },
  };
}
