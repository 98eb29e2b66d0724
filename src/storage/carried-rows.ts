/*
 * The rows that a batch takes over from earlier results. They are decided once, by the command that shows them, and kept
 * beside the batch's record, which has their digest: the worker stages exactly these, and needs no earlier file.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CarriedRow } from '../domain/carry-over.ts';
import { carriedRowsKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const carriedRowSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('skipped'),
    row: z.int().positive(),
    storedPaymentMethodId: z.string(),
    transactionId: z.string().exactOptional(),
  }),
  z.object({ kind: z.literal('card_changed'), row: z.int().positive() }),
]);

/** The rows that a batch takes over are not those that its record names. */
export class CarriedRowsError extends Error {
  override readonly name = 'CarriedRowsError';
}

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Keeps the rows in the batch's folder, under a name made of their digest, and gives it. */
export async function writeCarriedRows(
  storage: Storage,
  batchId: string,
  rows: readonly CarriedRow[],
): Promise<string> {
  const content = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const sha256 = digestOf(content);
  await storage.files.createExclusive(carriedRowsKey(batchId, sha256), content);
  return sha256;
}

/** The rows by number. Throws CarriedRowsError. */
export async function readCarriedRows(
  storage: Storage,
  batchId: string,
  sha256: string,
): Promise<Map<number, CarriedRow>> {
  const place = storage.files.locate(carriedRowsKey(batchId, sha256));
  const content = await storage.files.read(carriedRowsKey(batchId, sha256));
  if (content === undefined) {
    throw new CarriedRowsError(`The rows that were taken over from earlier results are missing: ${place}`);
  }
  if (digestOf(content) !== sha256) {
    throw new CarriedRowsError(`The rows that were taken over from earlier results were changed: ${place}`);
  }
  const rows = content
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseStored(carriedRowSchema, line, place));
  return new Map(rows.map((row) => [row.row, row]));
}
