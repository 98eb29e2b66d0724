/*
 * The rows that a batch takes over from earlier results. They are decided once, by the command that shows them, and kept
 * beside the batch's record, which has their digest: the worker stages exactly these, and needs no earlier file.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SkipDecision } from '../domain/skip-decision.ts';
import { skipDecisionsKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const skipDecisionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('skipped'),
    row: z.int().positive(),
    storedPaymentMethodId: z.string(),
    transactionId: z.string().exactOptional(),
  }),
  z.object({ kind: z.literal('card_changed'), row: z.int().positive() }),
]);

/** The rows that a batch takes over are not those that its record names. */
export class SkipDecisionsError extends Error {
  override readonly name = 'SkipDecisionsError';
}

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Keeps the rows in the batch's folder, under a name made of their digest, and gives it. */
export async function writeSkipDecisions(
  storage: Storage,
  batchId: string,
  rows: readonly SkipDecision[],
): Promise<string> {
  const content = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const sha256 = digestOf(content);
  await storage.files.createExclusive(skipDecisionsKey(batchId, sha256), content);
  return sha256;
}

/** The rows by number. Throws SkipDecisionsError. */
export async function readSkipDecisions(
  storage: Storage,
  batchId: string,
  sha256: string,
): Promise<Map<number, SkipDecision>> {
  const place = storage.files.locate(skipDecisionsKey(batchId, sha256));
  const content = await storage.files.read(skipDecisionsKey(batchId, sha256));
  if (content === undefined) {
    throw new SkipDecisionsError(`The rows that were taken over from earlier results are missing: ${place}`);
  }
  if (digestOf(content) !== sha256) {
    throw new SkipDecisionsError(`The rows that were taken over from earlier results were changed: ${place}`);
  }
  const rows = content
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseStored(skipDecisionSchema, line, place));
  return new Map(rows.map((row) => [row.row, row]));
}
