/*
 * The stored answers of a row, for `show`. They are decrypted with the batch's key and masked
 * immediately.
 */

import type { AppContext } from '../../app/app-context.ts';
import { maskAnswer } from '../../domain/redaction/masked-answer.ts';
import { shardOf } from '../../domain/shard-plan.ts';
import type { RowDetails } from '../../results/row-details.ts';
import { type BatchRecord, BatchRecordError, unwrapDataKey } from '../../storage/batch-record.ts';
import { countRawAnswers, readRawAnswer } from '../../storage/raw-answers.ts';
import type { ReadStaged } from './staged-reader.ts';

/** One answer of the gateway, with its digits masked. */
export interface MaskedAnswer {
  readonly merchant_txn_ref: string;
  readonly bytes: number;
  readonly masked_text: string;
}

const unreadable = '[cannot be decrypted: the key was destroyed, or this is another key file]';

/** The stored answers to the row's requests. */
export async function readMaskedAnswers(
  context: AppContext,
  record: BatchRecord,
  story: RowDetails,
  readStaged: ReadStaged,
): Promise<MaskedAnswer[]> {
  const storage = await context.storage();
  if ((await countRawAnswers(storage, record.batchId)) === 0) return [];
  const dataKey = await openDataKey(context, record);
  const cardNumber = await readCardNumber(story.row, readStaged);
  const answers: MaskedAnswer[] = [];
  for (const { merchant_txn_ref: ref } of story.sends) {
    const bytes = await readRawAnswer(storage, dataKey, record.batchId, ref);
    if (bytes === undefined) continue;
    answers.push({
      merchant_txn_ref: ref,
      bytes: bytes === 'unreadable' ? 0 : bytes.byteLength,
      masked_text: bytes === 'unreadable' ? unreadable : maskAnswer(bytes.toString('utf8'), cardNumber),
    });
  }
  return answers;
}

/** With another operator's key the answers exist but cannot be read. */
async function openDataKey(context: AppContext, record: BatchRecord): Promise<Uint8Array> {
  try {
    return unwrapDataKey(await context.operatorKey(), record);
  } catch (error) {
    if (error instanceof BatchRecordError) return new Uint8Array(32);
    throw error;
  }
}

/** Undefined if the staging was purged. The answer's key was purged with it. */
async function readCardNumber(row: number, readStaged: ReadStaged): Promise<string | undefined> {
  try {
    const staged = (await readStaged(shardOf(row))).find((candidate) => candidate.row === row);
    return staged?.kind === 'sendable' ? staged.cardNumber : undefined;
  } catch {
    return undefined;
  }
}
