/*
 * The decision whether a batch's rows may ever be sent. It is made once, by the process that
 * creates `decision.json` first, and never changed.
 *
 * Staging decides `send` as its last step, before any row can be handed out. `cancel` decides
 * `cancel` from the storage alone. The file is created exclusively, so exactly one of them wins, in
 * any order and whichever process dies:
 *
 * - A worker that loses reads `cancel` and never sends anything. The same content may therefore
 *   start a new batch.
 * - A cancel that loses reads `send`, and the batch is ended by its workflow.
 *
 * A simpler scheme, in which each side writes its own mark and then checks the other's, is weaker:
 * while one cancel removes its mark, another cancel or a new start may already have relied on it.
 */
import { z } from 'zod';
import { passFolder, sendDecisionKey } from './layout.ts';
import { hasStagingSummary } from './staged-shards.ts';
import type { Storage } from './storage.ts';
import { parseStored } from './stored-json.ts';

const decisionSchema = z.object({
  decision: z.enum(['send', 'cancel']),
  /** ISO 8601. */
  at: z.iso.datetime(),
  /** `user@host`, or `cardlift` for a worker. */
  who: z.string(),
  /** The operator's own words, scrubbed. */
  reason: z.string().exactOptional(),
});

export type SendDecision = z.infer<typeof decisionSchema>;

/** Returns the decision in force: the given one, unless another was made first. */
export async function decideSending(
  storage: Storage,
  batchId: string,
  decision: SendDecision,
): Promise<SendDecision> {
  await storage.files.createExclusive(sendDecisionKey(batchId), `${JSON.stringify(decision)}\n`);
  return (await readSendDecision(storage, batchId)) ?? decision;
}

/** The decision, or undefined if there is none yet. Throws StoredFileError. */
export async function readSendDecision(storage: Storage, batchId: string): Promise<SendDecision | undefined> {
  const key = sendDecisionKey(batchId);
  const content = await storage.files.read(key);
  return content === undefined
    ? undefined
    : parseStored(decisionSchema, content.toString('utf8'), storage.files.locate(key));
}

/** True if the batch was cancelled before anything was sent. Nothing will ever be sent. */
export async function isCancelledUnsent(storage: Storage, batchId: string): Promise<boolean> {
  return (await readSendDecision(storage, batchId))?.decision === 'cancel';
}

/**
 * True if rows of the batch may have been sent. The decision says so. The other traces cover a
 * storage that lost the decision.
 */
export async function mayHaveSent(storage: Storage, batchId: string): Promise<boolean> {
  if ((await readSendDecision(storage, batchId))?.decision === 'send') return true;
  if (await hasStagingSummary(storage, batchId)) return true;
  return (await storage.files.list(passFolder(batchId, 1))).length > 0;
}
