/*
 * Raw bytes of gateway answers that a person may have to read: unreadable answers, contradictory
 * ones, and those without a token. They may contain a card number, so they are encrypted with the
 * batch's data key, and a purge destroys them with the staging.
 */
import { DecryptionError, decrypt, encrypt } from './encryption.ts';
import { rawAnswerKey, rawAnswersFolder } from './layout.ts';
import type { Storage } from './storage.ts';

/**
 * At most 64 KiB each, so a batch whose answers are all broken keeps 16 MiB. The first ones show
 * the fault.
 */
export const maxRawAnswers = 256;

const contextOf = (merchantTxnRef: string): string => `answer to ${merchantTxnRef}`;

/** How many raw answers the storage holds for the batch. */
export async function countRawAnswers(storage: Storage, batchId: string): Promise<number> {
  return (await storage.files.list(rawAnswersFolder(batchId))).filter((name) => name.endsWith('.enc')).length;
}

/** Saves the answer to the request with this reference. The first answer stays. */
export async function saveRawAnswer(
  storage: Storage,
  dataKey: Uint8Array,
  batchId: string,
  merchantTxnRef: string,
  raw: Uint8Array,
): Promise<void> {
  const sealed = encrypt(dataKey, raw, contextOf(merchantTxnRef));
  await storage.files.createExclusive(rawAnswerKey(batchId, merchantTxnRef), sealed);
}

/**
 * The raw answer; undefined if there is none; `unreadable` if its key was destroyed or it was
 * altered.
 */
export async function readRawAnswer(
  storage: Storage,
  dataKey: Uint8Array,
  batchId: string,
  merchantTxnRef: string,
): Promise<Buffer | 'unreadable' | undefined> {
  const sealed = await storage.files.read(rawAnswerKey(batchId, merchantTxnRef));
  if (sealed === undefined) return undefined;
  try {
    return decrypt(dataKey, sealed, contextOf(merchantTxnRef));
  } catch (error) {
    if (error instanceof DecryptionError) return 'unreadable';
    throw error;
  }
}
