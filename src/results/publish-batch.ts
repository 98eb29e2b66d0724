/*
 * Publication: the outcome files of all shards, in order, become the batch's result files. Conservation is checked before
 * anything is written: every input row exactly once, in input order, and the outcomes add up to the rows. A broken sum
 * publishes nothing.
 */
import { createHash } from 'node:crypto';
import { type OutcomeCounts, rowOutcomes } from '../contract/outcome.ts';
import { createAmountSum } from '../domain/amount.ts';
import { rowsOf } from '../domain/shard-plan.ts';
import { countOutcome, sumCounts, totalOf } from '../domain/tally.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { resultKey } from '../storage/layout.ts';
import { readStagedShard, type StagingSummary } from '../storage/staged-shards.ts';
import type { Storage } from '../storage/storage.ts';
import { foldShard } from './fold-shard.ts';
import { type OutcomeLine, readOutcomeLines } from './outcome-line.ts';
import {
  chargeColumns,
  headerOf,
  isCharge,
  isUnresolved,
  resultColumns,
  toExactCsv,
  toSpreadsheetCsv,
  unresolvedColumns,
} from './result-files.ts';

/** The rows of the results would not be the rows of the input. */
export class ConservationError extends Error {
  override readonly name = 'ConservationError';
}

export interface PublishInput {
  readonly storage: Storage;
  readonly record: BatchRecord;
  readonly dataKey: Uint8Array;
  readonly staging: StagingSummary;
  readonly pass: number;
  readonly isCancelled: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly publishedAt: string;
  /** Called after each shard, for heartbeats. */
  readonly onShard?: () => void;
}

interface Totals {
  counts: OutcomeCounts;
  errorCodes: Record<string, number>;
  charged: Map<string, ReturnType<typeof createAmountSum>>;
}

/** Writes the four result files, the manifest last, and gives the counts. Throws ConservationError. */
export async function publishBatch(input: PublishInput): Promise<OutcomeCounts> {
  const totals = await checkConservation(input);
  const { storage, record } = input;
  const hashes: Record<string, string> = {};
  const write = async (
    name: 'results.csv' | 'unresolved.csv' | 'charges.csv',
    columns: readonly string[],
    format: (lines: readonly OutcomeLine[], columns: readonly string[]) => string,
    isWanted: (line: OutcomeLine) => boolean,
  ): Promise<void> => {
    const hash = createHash('sha256');
    await storage.files.replace(
      resultKey(record.batchId, name),
      hashed(csvParts(input, columns, format, isWanted), hash),
    );
    hashes[name] = hash.digest('hex');
  };
  await write('results.csv', resultColumns, toExactCsv, () => true);
  await write('unresolved.csv', unresolvedColumns, toSpreadsheetCsv, isUnresolved);
  await write('charges.csv', chargeColumns, toSpreadsheetCsv, isCharge);
  await storage.files.replace(
    resultKey(record.batchId, 'manifest.json'),
    `${JSON.stringify(manifestOf(input, totals, hashes), null, 2)}\n`,
  );
  return totals.counts;
}

async function checkConservation(input: PublishInput): Promise<Totals> {
  const { staging } = input;
  const totals: Totals = { counts: {}, errorCodes: {}, charged: new Map() };
  let nextRow = 1;
  for (let shard = 1; shard <= staging.shards; shard += 1) {
    const lines = await freshLines(input, shard);
    for (const line of lines) {
      if (line.row !== nextRow) {
        throw new ConservationError(
          `Shard ${shard} has row ${line.row} where row ${nextRow} belongs; nothing is published`,
        );
      }
      nextRow += 1;
      count(totals, line);
    }
    input.onShard?.();
  }
  const sum = totalOf(totals.counts);
  if (sum !== staging.rows || nextRow - 1 !== staging.rows) {
    throw new ConservationError(
      `The outcomes add up to ${sum} rows, and the file has ${staging.rows}; nothing is published`,
    );
  }
  return totals;
}

/** A shard's lines, with the late ends that came since it was folded. */
async function freshLines(input: PublishInput, shard: number): Promise<OutcomeLine[]> {
  const { storage, record, dataKey, pass, staging } = input;
  const ref = { batchId: record.batchId, pass, shard };
  const lines = await readOutcomeLines(storage, ref);
  const { first, last } = rowsOf(shard, staging.rows);
  if (lines === undefined) {
    throw new ConservationError(`Rows ${first} to ${last} have no outcomes yet; nothing is published`);
  }
  if ((await storage.notes.count(ref)) === 0) {
    return lines;
  }
  const rows = await readStagedShard(storage, dataKey, record.batchId, shard);
  return foldShard({ storage, ref, rows, isCancelled: false });
}

function count(totals: Totals, line: OutcomeLine): void {
  totals.counts = countOutcome(totals.counts, line.outcome);
  if (line.errorCode !== undefined) {
    totals.errorCodes[line.errorCode] = (totals.errorCodes[line.errorCode] ?? 0) + 1;
  }
  if (isCharge(line)) {
    const sum = totals.charged.get(line.currency) ?? createAmountSum();
    sum.add(line.amount);
    totals.charged.set(line.currency, sum);
  }
}

async function* csvParts(
  { storage, record, pass, staging, onShard }: PublishInput,
  columns: readonly string[],
  format: (lines: readonly OutcomeLine[], columns: readonly string[]) => string,
  isWanted: (line: OutcomeLine) => boolean,
): AsyncGenerator<string> {
  yield headerOf(columns);
  for (let shard = 1; shard <= staging.shards; shard += 1) {
    const lines = (await readOutcomeLines(storage, { batchId: record.batchId, pass, shard })) ?? [];
    yield format(lines.filter(isWanted), columns);
    onShard?.();
  }
}

async function* hashed(
  parts: AsyncIterable<string>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<string> {
  for await (const part of parts) {
    hash.update(part);
    yield part;
  }
}

function manifestOf(input: PublishInput, totals: Totals, hashes: Record<string, string>): object {
  const { record, staging, pass, isCancelled, publishedAt, versions } = input;
  const counts = sumCounts([totals.counts]);
  return {
    batch_id: record.batchId,
    merchant_id: record.merchantId,
    pass,
    status: isCancelled ? 'cancelled' : 'finished',
    input: {
      file: record.file.name,
      bytes: record.file.bytes,
      sha256: record.file.sha256,
      rows: staging.rows,
    },
    outcomes: Object.fromEntries(rowOutcomes.map((outcome) => [outcome, counts[outcome] ?? 0])),
    error_codes: Object.fromEntries(Object.entries(totals.errorCodes).sort()),
    charged: Object.fromEntries([...totals.charged].map(([currency, sum]) => [currency, sum.total()])),
    sha256: hashes,
    settings: {
      amount: record.amount ?? null,
      currency: record.currency ?? null,
      is_live: record.isLive,
      base_url: record.baseUrl,
      rate_per_s: record.ratePerS ?? null,
      concurrency: record.concurrency,
      gateway_timeout_ms: record.gatewayTimeoutMs,
    },
    versions,
    started_at: record.createdAt,
    published_at: publishedAt,
  };
}
