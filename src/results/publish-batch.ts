/*
 * Publication: the outcome files of all shards and passes become the batch's result files.
 *
 * Conservation is checked before any file is replaced: every input row exactly once, in input
 * order, and the outcomes add up to the rows. If the check fails, nothing is published. A pass does
 * not replace the results of a later one; this can happen if its workflow was reset. A publication
 * that changes something keeps the previous version. One that changes nothing leaves the files
 * byte-identical.
 */
import { theProgram } from '../contract/audit.ts';
import type { OutcomeCounts } from '../contract/outcome.ts';
import { shardOf } from '../domain/shard-plan.ts';
import { totalOf } from '../domain/tally.ts';
import { type AuditLog, appendAudit, readAudit } from '../storage/audit-log.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { readDecisions } from '../storage/decisions.ts';
import { formerResultKey, partialResultsKey, resultFiles, resultKey } from '../storage/layout.ts';
import type { PassPlan } from '../storage/pass-plan.ts';
import { resolutionsByRef } from '../storage/resolutions.ts';
import type { StagingSummary } from '../storage/staged-shards.ts';
import type { Storage } from '../storage/storage.ts';
import { createManifest, type Manifest, readManifest } from './manifest.ts';
import type { MergedRow } from './merge-row.ts';
import { type BatchPasses, ConservationError, readMergedShard } from './merged-shard.ts';
import { countRow, createTotals, sumsOf, type Totals } from './publication-totals.ts';
import { headerOf } from './result-files.ts';
import { hasSameFiles, openTableDraft, resultTables, type TableDraft } from './result-tables.ts';
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
 * Writes the four result files, the manifest last. Returns the counts: those of the later pass, if
 * a later pass is already published. Throws ConservationError.
 */
export async function publishBatch(input: PublishInput): Promise<OutcomeCounts> {
  const { storage, record } = input;
  const decisions = await readDecisions(storage, record.batchId);
  const plans = decisions.plans.slice(0, input.pass - 1);
  if (plans.length < input.pass - 1) {
    throw new ConservationError(`Pass ${input.pass} has no plan; nothing is published`);
  }
  const drafts: TableDraft[] = [];
  try {
    for (const { name, columns } of resultTables) {
      drafts.push(await openTableDraft(storage, record.batchId, name, headerOf(columns)));
    }
    const totals = await writeTables(input, plans, resolutionsByRef(decisions.resolutions), drafts);
    const present = await readManifest(storage, record.batchId);
    if (present !== undefined && present.pass > input.pass) return present.outcomes;
    const hashes = Object.fromEntries(drafts.map(({ name, digest }) => [name, digest()]));
    const manifest = createManifest({
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
    if (present === undefined || !(await isPublished(storage, present, manifest))) {
      if (present !== undefined) await keepFormer(storage, present);
      for (const { file } of drafts) await file.finish();
      // The slow part is done. Check again whether a later pass was published meanwhile.
      const newest = await readManifest(storage, record.batchId);
      if (newest !== undefined && newest.pass > input.pass) return newest.outcomes;
      for (const { file } of drafts) await file.commit();
      // Each line holds the digest of the line before, so the last digest covers the whole log.
      const { lines, digest } = await auditPublication(storage, manifest);
      const audit = { lines: lines.length, sha256: digest };
      await storage.files.replace(
        resultKey(record.batchId, 'manifest.json'),
        `${JSON.stringify({ ...manifest, audit }, null, 2)}\n`,
      );
      await storage.files.remove(partialResultsKey(record.batchId));
    }
    return totals.counts;
  } finally {
    for (const { file } of drafts) await file.discard();
  }
}

/**
 * Adds an audit line, once per version, for a publication that changes something. The manifest
 * records the log's digest.
 */
async function auditPublication(storage: Storage, manifest: Manifest): Promise<AuditLog> {
  const { batch_id: batchId, version, pass, status, outcomes } = manifest;
  await appendAudit(storage, batchId, {
    id: `publish ${version} ${manifest.sha256['results.csv']}`,
    at: manifest.published_at,
    who: theProgram,
    act: 'publish',
    details: {
      version,
      pass,
      status,
      ...Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0)),
    },
  });
  return await readAudit(storage, batchId);
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
    for (const [index, { format }] of resultTables.entries()) await drafts[index]?.write(format(rows));
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

/**
 * True if the published files are already what would be written, so that repeating a publication
 * changes nothing.
 */
async function isPublished(storage: Storage, present: Manifest, next: Manifest): Promise<boolean> {
  const isSame = ({ sha256, pass, status, resolutions }: Manifest): string =>
    JSON.stringify([Object.entries(sha256).sort(), pass, status, resolutions]);
  return isSame(present) === isSame(next) && (await hasSameFiles(storage, present));
}

/** Copies the published files aside, once, if they are those that the manifest names. */
async function keepFormer(storage: Storage, manifest: Manifest): Promise<void> {
  const { batch_id: batchId, version } = manifest;
  const isKept = (await storage.files.read(formerResultKey(batchId, version, 'manifest.json'))) !== undefined;
  if (isKept || !(await hasSameFiles(storage, manifest))) return;
  for (const name of resultFiles) {
    const content = await storage.files.read(resultKey(batchId, name));
    if (content !== undefined) await storage.files.replace(formerResultKey(batchId, version, name), content);
  }
}
