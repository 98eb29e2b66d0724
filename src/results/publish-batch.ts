/*
 * Publication: the outcome files of all shards and passes become the batch's result files.
 *
 * Conservation is checked before anything is published: every input row exactly once, in input
 * order, and the outcomes add up to the rows. If the check fails, nothing is published. A pass does
 * not replace the results of a later one; this can happen if its workflow was reset. A publication
 * that changes something takes the next number and keeps the previous version. One that changes
 * nothing leaves the files byte-identical. publication-files.ts describes the commit.
 */
import type { OutcomeCounts } from '../contract/outcome.ts';
import { shardOf } from '../domain/shard-plan.ts';
import { totalOf } from '../domain/tally.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { readDecisions } from '../storage/decisions.ts';
import { partialResultsKey } from '../storage/layout.ts';
import type { PassPlan } from '../storage/pass-plan.ts';
import { resolutionsByRef } from '../storage/resolutions.ts';
import type { StagingSummary } from '../storage/staged-shards.ts';
import type { Storage } from '../storage/storage.ts';
import { createManifest, type Manifest, readManifest } from './manifest.ts';
import type { MergedRow } from './merge-row.ts';
import { type BatchPasses, ConservationError, readMergedShard } from './merged-shard.ts';
import { commitPublication, isShown, keepFormer, showPublication } from './publication-files.ts';
import { countRow, createTotals, sumsOf, type Totals } from './publication-totals.ts';
import { headerOf } from './result-files.ts';
import { openTableDraft, resultTables, type TableDraft } from './result-tables.ts';
import { createSharedTokenFinder, type SharedTokens } from './shared-tokens.ts';

export interface PublishInput {
  readonly storage: Storage;
  readonly record: BatchRecord;
  readonly staging: Pick<StagingSummary, 'rows' | 'shards'>;
  /** The last pass; earlier passes are merged with it. */
  readonly pass: number;
  readonly isCancelled: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly publishedAt: string;
  /** Called after each shard, for heartbeats. */
  readonly onShard?: () => void;
}

/**
 * Publishes the results, and makes the last publication visible, also another process's. Returns
 * its counts: those of a later pass, if a later pass is already published. Throws
 * ConservationError, DecisionError and ResolutionError.
 */
export async function publishBatch(input: PublishInput): Promise<OutcomeCounts> {
  for (;;) {
    const counts = await publishOnce(input);
    if (counts !== 'overtaken') return counts;
  }
}

async function publishOnce(given: PublishInput): Promise<OutcomeCounts | 'overtaken'> {
  const { storage, record } = given;
  // Read before all else, so that a publication of newer content is noticed when this one commits.
  const present = await readManifest(storage, record.batchId);
  const isLater = present !== undefined && present.pass > given.pass;
  if (isLater && (await isShown(storage, present))) return present.outcomes;
  const input = isLater
    ? { ...given, pass: present.pass, isCancelled: present.status === 'cancelled' }
    : given;
  const decisions = await readDecisions(storage, record.batchId);
  const plans = decisions.plans.slice(0, input.pass - 1);
  if (plans.length < input.pass - 1) {
    throw new ConservationError(`Pass ${input.pass} has no plan; nothing is published`);
  }
  const drafts: TableDraft[] = [];
  try {
    const passed = record.mapping?.passed ?? [];
    for (const { name, columns, hasPassedColumns } of resultTables) {
      const header = headerOf(hasPassedColumns ? [...columns, ...passed] : columns);
      drafts.push(await openTableDraft(storage, record.batchId, name, header));
    }
    const totals = await writeTables(input, plans, resolutionsByRef(decisions.resolutions), drafts);
    const hashes = Object.fromEntries(drafts.map(({ name, digest }) => [name, digest()]));
    const next = createManifest({
      record,
      rows: input.staging.rows,
      plans,
      resolutions: decisions.resolutions.length,
      isCancelled: input.isCancelled,
      version: (present?.version ?? 0) + 1,
      publishedAt: input.publishedAt,
      versions: input.versions,
      hashes,
      ...totals,
      charged: sumsOf(totals.charged),
      possiblyCharged: sumsOf(totals.possiblyCharged),
    });
    const isSame = present !== undefined && isSameContent(present, next);
    if (isSame && (await isShown(storage, present))) return totals.counts;
    for (const { file } of drafts) await file.finish();
    if (!isSame) {
      if (present !== undefined) await keepFormer(storage, present);
      if (!(await commitPublication(storage, next))) return 'overtaken';
    }
    if (!(await showPublication(storage, isSame ? present : next, drafts))) return 'overtaken';
    await storage.files.remove(partialResultsKey(record.batchId));
    return totals.counts;
  } finally {
    for (const { file } of drafts) await file.discard();
  }
}

/** True if publishing again would change nothing. */
function isSameContent(present: Manifest, next: Manifest): boolean {
  const contentOf = ({ sha256, pass, status, resolutions }: Manifest): string =>
    JSON.stringify([Object.entries(sha256).sort(), pass, status, resolutions]);
  return contentOf(present) === contentOf(next);
}

async function writeTables(
  { storage, record, staging, onShard }: PublishInput,
  plans: readonly PassPlan[],
  resolutions: ReturnType<typeof resolutionsByRef>,
  drafts: readonly TableDraft[],
): Promise<Totals & { readonly sharedTokens: SharedTokens }> {
  const totals = createTotals();
  const passes = { storage, batchId: record.batchId, rows: staging.rows, plans, resolutions };
  const cards = createCardReader(passes);
  const sharing = createSharedTokenFinder(cards.cardOf);
  for (let shard = 1; shard <= staging.shards; shard += 1) {
    const rows = await readMergedShard(passes, shard);
    cards.hold(rows);
    for (const row of rows) {
      countRow(totals, row);
      await sharing.add(row.line);
    }
    for (const [index, { format }] of resultTables.entries()) {
      await drafts[index]?.write(format(rows, record.mapping?.passed ?? []));
    }
    onShard?.();
  }
  const sum = totalOf(totals.counts);
  if (sum !== staging.rows) {
    throw new ConservationError(
      `The outcomes add up to ${sum} rows, but the file has ${staging.rows}; nothing is published`,
    );
  }
  return { ...totals, sharedTokens: sharing.result() };
}

/**
 * Reads masked cards of rows already written: from the current shard, or from one cached earlier
 * shard.
 */
function createCardReader(passes: BatchPasses) {
  let current: ReadonlyMap<number, string> = new Map();
  let earlier: { shard: number; cards: ReadonlyMap<number, string> } | undefined;
  const cardsOf = (rows: readonly MergedRow[]): ReadonlyMap<number, string> =>
    new Map(rows.map(({ line }) => [line.row, line.card]));
  return {
    hold(rows: readonly MergedRow[]): void {
      current = cardsOf(rows);
    },
    async cardOf(row: number): Promise<string | undefined> {
      const card = current.get(row);
      if (card !== undefined) return card;
      const shard = shardOf(row);
      if (earlier?.shard !== shard) {
        earlier = { shard, cards: cardsOf(await readMergedShard(passes, shard)) };
      }
      return earlier.cards.get(row);
    },
  };
}
