/*
 * Whether a batch's rows may ever be sent: decided once, by the process that creates `decision.json` first, and never changed.
 *
 * Staging decides `send` as its last step, before any row can be handed out. `cancel` decides `cancel`, from the storage
 * alone. The file is made exclusively, so exactly one of them wins, whatever dies and in whatever order they come:
 *
 * - A worker that lost finds `cancel` and sends nothing, now or ever. So the same content may be a new batch.
 * - A cancel that lost finds `send`, and the batch is ended by its workflow.
 *
 * Two marks that each side checks after writing its own (a tombstone, taken away again if staging was there first) would be
 * weaker: while one cancel takes its mark away, another or a new start may already have relied on it.
 */
import { z } from 'zod';
import { passFolder, sendDecisionKey, stagingSummaryKey } from './layout.ts';
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

/** The decision that stands: this one, if there was none. */
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

/** True if the batch was cancelled before anything of it was sent, and so never will be. */
export async function isCancelledUnsent(storage: Storage, batchId: string): Promise<boolean> {
  return (await readSendDecision(storage, batchId))?.decision === 'cancel';
}

/**
 * True if rows of the batch may have been sent. The decision says so; the other traces speak for batches of earlier versions,
 * and for a storage that lost the decision.
 */
export async function mayHaveSent(storage: Storage, batchId: string): Promise<boolean> {
  if ((await readSendDecision(storage, batchId))?.decision === 'send') return true;
  if ((await storage.files.read(stagingSummaryKey(batchId))) !== undefined) return true;
  return (await storage.files.list(passFolder(batchId, 1))).length > 0;
}
