/*
 * What a new file has in common with the merchant's earlier batches in this storage. It compares
 * keyed fingerprints line by line, so memory holds only the new file's tables.
 */

import type { DigestTable } from '../../domain/digest-table.ts';
import { shardOf } from '../../domain/shard-plan.ts';
import type { RowSet } from '../../input/row-set.ts';
import { openStoredBatch, type RowState, readStoredRows, rowStateOf } from '../../results/stored-rows.ts';
import { listBatchesOf } from '../../storage/batch-index.ts';
import { BatchRecordError, readBatchRecord } from '../../storage/batch-record.ts';
import { readFingerprints } from '../../storage/row-fingerprints.ts';
import { isCancelledUnsent, readSendDecision } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';

/** The number of rows of the new file, and the first five row numbers. */
export interface RowSample {
  readonly count: number;
  readonly firstRows: readonly number[];
}

/** What the new file has in common with one earlier batch. JSON-safe. */
export interface BatchOverlap {
  readonly batchId: string;
  /** References with a token from the earlier batch. The new batch would charge them again. */
  readonly tokenizedRefs: RowSample;
  /** References that the earlier batch may have charged or may still send. */
  readonly openRefs: RowSample;
  /** Cards to which one of the two applies, but with another reference. */
  readonly otherRefs: RowSample;
}

/** An earlier batch whose rows are unknown, so any row of the new file may be in it. JSON-safe. */
export interface UnknownBatch {
  readonly batchId: string;
  /** `not_staged`: no worker has read its file yet; `fingerprints_missing`: they were lost. */
  readonly cause: 'not_staged' | 'fingerprints_missing';
}

/** JSON-safe. */
export interface EarlierBatches {
  /** Only batches that have something in common with the file. */
  readonly overlaps: readonly BatchOverlap[];
  readonly comparedBatches: number;
  /** Batches that were staged with another operator's key. */
  readonly incomparableBatches: number;
  /** Batches that count as overlapping, because they cannot be compared yet. */
  readonly unknownBatches: readonly UnknownBatch[];
  /** The ids of all these batches. */
  readonly seenBatches: readonly string[];
}

export interface CompareInput {
  readonly storage: Storage;
  readonly merchantId: string;
  /** The id of the operator's key, with which the tables' fingerprints were made. */
  readonly keyId: string;
  /** SHA-256 of the new file. */
  readonly sha256: string;
  /** The references of the new file. `cards` has the cards of its sendable rows. */
  readonly refs: DigestTable;
  readonly cards: DigestTable;
  /** The rows of the new file that are not sent. */
  readonly unsent: RowSet;
  readonly onBatch?: (batchId: string) => void;
}

/** Compares the file with all batches of the merchant in the storage. */
export async function compareWithEarlierBatches(input: CompareInput): Promise<EarlierBatches> {
  const overlaps: BatchOverlap[] = [];
  let comparedBatches = 0;
  let incomparableBatches = 0;
  const unknownBatches: UnknownBatch[] = [];
  const seenBatches: string[] = [];
  for (const batchId of await listBatchesOf(input.storage, input.merchantId)) {
    // It has charged nothing and never will.
    if (await isCancelledUnsent(input.storage, batchId)) continue;
    input.onBatch?.(batchId);
    const overlap = await compareWith(input, batchId);
    if (overlap === 'none') {
      if (!(await isOtherBatch(input.storage, batchId, input.sha256))) continue;
      seenBatches.push(batchId);
      unknownBatches.push(await unknownBatchOf(input.storage, batchId));
      continue;
    }
    seenBatches.push(batchId);
    if (overlap === 'other_key') {
      incomparableBatches += 1;
      continue;
    }
    comparedBatches += 1;
    const { tokenizedRefs, openRefs, otherRefs } = overlap;
    if (tokenizedRefs.count + openRefs.count + otherRefs.count > 0) overlaps.push(overlap);
  }
  return { overlaps, comparedBatches, incomparableBatches, unknownBatches, seenBatches };
}

/**
 * True if the folder is a batch of another file. One without a record is not started yet, and may
 * never be.
 */
export async function isOtherBatch(storage: Storage, batchId: string, sha256: string): Promise<boolean> {
  try {
    const record = await readBatchRecord(storage, batchId);
    return record !== undefined && record.file.sha256 !== sha256;
  } catch (error) {
    if (!(error instanceof BatchRecordError)) throw error;
    return true;
  }
}

async function unknownBatchOf(storage: Storage, batchId: string): Promise<UnknownBatch> {
  // The decision to send comes after the fingerprints.
  const isStaged = (await readSendDecision(storage, batchId)) !== undefined;
  return { batchId, cause: isStaged ? 'fingerprints_missing' : 'not_staged' };
}

/**
 * How many references of the file would be charged again, or may be. Cards under another reference
 * are shown but not counted, since they are the merchant's choice. A reference in two earlier
 * batches counts twice.
 */
export function chargedAgain({ overlaps }: EarlierBatches): number {
  return overlaps.reduce((sum, { tokenizedRefs, openRefs }) => sum + tokenizedRefs.count + openRefs.count, 0);
}

async function compareWith(
  { storage, keyId, refs, cards, unsent }: CompareInput,
  batchId: string,
): Promise<BatchOverlap | 'other_key' | 'none'> {
  const earlier = await readFingerprints(storage, batchId, keyId);
  if (earlier.kind !== 'rows') return earlier.kind;
  const outcomeOf = await createOutcomeReader(storage, batchId);
  const samples = { tokenizedRefs: createSample(), openRefs: createSample(), otherRefs: createSample() };
  for await (const { row, merchantRef, card } of earlier.rows) {
    const foundRef = refs.firstRowWith(merchantRef);
    const sameRef = foundRef === undefined || unsent.has(foundRef) ? undefined : foundRef;
    const sameCard = cards.firstRowWith(card);
    if (sameRef === undefined && sameCard === undefined) continue;
    const outcome = await outcomeOf(row);
    if (!isChargeable(outcome)) continue;
    if (sameRef !== undefined) samples[outcome === 'tokenized' ? 'tokenizedRefs' : 'openRefs'].add(sameRef);
    if (sameCard !== undefined && sameCard !== sameRef) samples.otherRefs.add(sameCard);
  }
  return {
    batchId,
    tokenizedRefs: samples.tokenizedRefs.get(),
    openRefs: samples.openRefs.get(),
    otherRefs: samples.otherRefs.get(),
  };
}

/** True if the earlier row was charged, may have been, or may still be. */
function isChargeable(outcome: RowState): boolean {
  switch (outcome) {
    case 'tokenized':
    case 'charged_without_token':
    case 'unknown':
    case 'in_flight':
    case 'waiting':
      return true;
    case 'declined':
    case 'rejected':
    case 'failed':
    case 'skipped':
    case 'not_sent':
      return false;
  }
}

/** Reads outcomes by row. In ascending order it reads each shard once. */
async function createOutcomeReader(storage: Storage, batchId: string) {
  const batch = await openStoredBatch(storage, batchId);
  let shard = 0;
  let known: Awaited<ReturnType<typeof readStoredRows>> = new Map();
  return async (row: number): Promise<RowState> => {
    if (shardOf(row) !== shard) {
      shard = shardOf(row);
      known = await readStoredRows(batch, shard);
    }
    return rowStateOf(known.get(row));
  };
}

const sampleRows = 5;

function createSample(): { add(row: number): void; get(): RowSample } {
  let count = 0;
  const firstRows: number[] = [];
  return {
    add(row) {
      count += 1;
      if (firstRows.length < sampleRows) firstRows.push(row);
    },
    get: () => ({ count, firstRows: firstRows.sort((a, b) => a - b) }),
  };
}
