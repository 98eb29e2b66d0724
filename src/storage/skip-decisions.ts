/*
 * The rows that a batch skips because of earlier results. The command that shows them decides them
 * once and stores them beside the batch record, which holds their digest. The worker stages exactly
 * these and needs no earlier file.
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

/** The stored skip decisions are not those that the batch record names. */
export class SkipDecisionsError extends Error {
  override readonly name = 'SkipDecisionsError';
}

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/**
 * Stores the decisions in the batch's folder, under a name derived from their digest. Returns the
 * digest.
 */
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

/** The decisions by row number. Throws SkipDecisionsError. */
export async function readSkipDecisions(
  storage: Storage,
  batchId: string,
  sha256: string,
): Promise<Map<number, SkipDecision>> {
  const path = storage.files.locate(skipDecisionsKey(batchId, sha256));
  const content = await storage.files.read(skipDecisionsKey(batchId, sha256));
  if (content === undefined) {
    throw new SkipDecisionsError(`The rows to skip because of earlier results are missing: ${path}`);
  }
  if (digestOf(content) !== sha256) {
    throw new SkipDecisionsError(`The rows to skip because of earlier results were altered: ${path}`);
  }
  const rows = content
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseStored(skipDecisionSchema, line, path));
  return new Map(rows.map((row) => [row.row, row]));
}
