import type { AppContext } from '../../app/app-context.ts';
import { editDistance } from '../../domain/edit-distance.ts';
import { listBatches } from '../../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord } from '../../storage/batch-record.ts';
import { findLatestPass } from '../../storage/decisions.ts';
import type { Storage } from '../../storage/storage.ts';
import { OperationRefused } from '../errors.ts';

/**
 * The batch that an operator means: by its full id, or by an unambiguous prefix of its name or of
 * `merchant/name`.
 */
export async function findBatch(storage: Storage, text: string): Promise<BatchRecord> {
  const all = await listBatches(storage);
  const wanted = text.replace(/^cardlift\//, '');
  const exact = all.filter((batchId) => batchId === `cardlift/${wanted}` || batchId.endsWith(`/${wanted}`));
  const fitting = exact.length > 0 ? exact : all.filter((batchId) => isAbbreviation(batchId, wanted));
  const [only, ...others] = fitting;
  if (only === undefined) {
    throw new OperationRefused(
      'not_found',
      all.length === 0
        ? 'The storage has no batches yet. Start one with `cardlift run FILE` or `cardlift start FILE`'
        : describeAbsent(all, wanted),
    );
  }
  if (others.length > 0) {
    throw new OperationRefused(
      'not_found',
      `Several batches match. Give more of the name:\n${listSome(fitting)}`,
    );
  }
  const record = await readBatchRecord(storage, only);
  if (record === undefined) {
    throw new OperationRefused(
      'not_found',
      `The batch has no record, because its start was interrupted. Start the file again: ${only}`,
    );
  }
  return record;
}

/** The most batches that a message lists. `cardlift list` shows all. */
const mostNamed = 10;

function describeAbsent(all: readonly string[], wanted: string): string {
  const near = all
    .map((batchId) => ({ batchId, distance: distanceOf(batchId, wanted) }))
    .filter(({ distance }) => distance <= mostEdits(wanted))
    .sort((a, b) => a.distance - b.distance)
    .map(({ batchId }) => batchId);
  return near.length > 0
    ? `The storage has no such batch. Did you mean:\n${listSome(near)}`
    : `The storage has no such batch. It has:\n${listSome(all)}`;
}

function listSome(batchIds: readonly string[]): string {
  const lines = batchIds.slice(0, mostNamed).map((batchId) => `  ${batchId}`);
  const more = batchIds.length - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more: see \`cardlift list\``] : [])].join('\n');
}

/** A third of the letters may be wrong. */
const mostEdits = (text: string): number => Math.max(1, Math.floor(text.length / 3));

/**
 * The smallest edit distance to the batch's name, with and without the merchant's id, as a whole or
 * as a prefix of the text's length.
 */
function distanceOf(batchId: string, text: string): number {
  const [, merchantId, batchName = ''] = batchId.split('/');
  const names = [batchName, `${merchantId}/${batchName}`];
  return Math.min(
    ...[...names, ...names.map((name) => name.slice(0, text.length))].map((name) =>
      editDistance(name.toLowerCase(), text.toLowerCase(), mostEdits(text)),
    ),
  );
}

function isAbbreviation(batchId: string, text: string): boolean {
  const [, merchantId, batchName] = batchId.split('/');
  return batchName?.startsWith(text) === true || `${merchantId}/${batchName}`.startsWith(text);
}

/** The number of the batch's latest pass: 1, or that of its last redrive. */
export async function latestPassOf(context: Pick<AppContext, 'storage'>, batchId: string): Promise<number> {
  return await findLatestPass(await context.storage(), batchId);
}
