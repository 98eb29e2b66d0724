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
import type { SendableRow, StagedRow } from '../domain/staged-row.ts';
import { isBlocking } from '../results/blocked-rows.ts';
import { lineOfUnlisted, lineWithLateResult } from '../results/late-results.ts';
import { mergeRow, type PassLine, type RowLines } from '../results/merge-row.ts';
import { ConservationError, readShardLines } from '../results/merged-shard.ts';
import { type BatchRecord, BatchRecordError } from '../storage/batch-record.ts';
import { DecisionError, readDecisions } from '../storage/decisions.ts';
import { type PassPlan, PassPlanError, plannedRowsOf } from '../storage/pass-plan.ts';
import { openPassRows, readPlannedRows } from '../storage/pass-staging.ts';
import { resolutionsByRef } from '../storage/resolutions.ts';
import { StagedShardError } from '../storage/staged-shards.ts';
import type { Intent } from '../storage/storage.ts';
import { StoredFileError } from '../storage/stored-json.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';

export interface LaterPass {
  readonly plan: PassPlan;
  /** The rows of a shard that the pass sends, in order. */
  rowsOfShard(shard: number): Promise<readonly SendableRow[]>;
  /**
   * The same rows, for a pass that is closed as cancelled. If their staging is gone, they are as
   * the earlier passes left them: with the amount and the masked card of that time, and without a
   * card number.
   */
  rowsToClose(shard: number): Promise<readonly StagedRow[]>;
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
    async rowsToClose(shard) {
      try {
        return await readPlannedRows(rows, plan, shard);
      } catch (error) {
        // A purge destroyed the staging, or it was lost. Neither may keep the pass open for ever.
        const isGone = [StagedShardError, BatchRecordError, StoredFileError].some(
          (gone) => error instanceof gone,
        );
        if (!isGone) throw error;
        const past = await pastOf(shard).catch((damage: unknown) => {
          if (!(damage instanceof ConservationError)) throw damage;
          throw batchHold({ code: 'storage_failed', text: damage.message, count: 1 });
        });
        return plannedRowsOf(plan, shard).map((row) => rowAsKnown(row, past.get(row)));
      }
    },
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
      const { line } = mergeRow(withIntents(lines, intents), verdicts);
      return mayBeSentAgain(line, choice) ? undefined : line.outcome;
    },
  };
}

/** A row's lines, with what its last intents in each of the passes say by now. */
function withIntents(lines: RowLines, intents: readonly (Intent | undefined)[]): RowLines {
  const [{ line: first }, ...others] = lines;
  const later = intents.flatMap((intent, index): PassLine[] => {
    const pass = index + 1;
    const present = others.find((other) => other.pass === pass);
    const line =
      present === undefined ? lineOfUnlisted(first, intent) : lineWithLateResult(present.line, intent);
    return index === 0 || line === undefined ? [] : [{ pass, line }];
  });
  return [{ pass: 1, line: lineWithLateResult(first, intents[0]) }, ...later];
}

/**
 * A row without its staging, for its outcome line only. `cardNumber` is the masked card, which is
 * masked again to itself; nothing can be sent from such a row.
 */
function rowAsKnown(row: number, lines: RowLines | undefined): SendableRow {
  const line = lines?.at(-1)?.line;
  if (line === undefined) {
    throw batchHold({ code: 'storage_failed', text: `Row ${row} is in no earlier pass`, count: 1 });
  }
  const { merchantRef, amount, currency, scheme, card: cardNumber } = line;
  const unknown = { line: 0, expiryMonth: '', expiryYear: '', billing: {} };
  return { kind: 'sendable', row, merchantRef, amount, currency, scheme, cardNumber, ...unknown };
}
