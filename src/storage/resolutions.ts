/*
 * What people found out about sends whose outcome nobody knew. Each `resolve` leaves one file with all its verdicts, made
 * exclusively: it is there as a whole or not at all. It is never changed, and says who and when.
 */
import { z } from 'zod';
import { resolutionKey, resolutionsFolder } from './layout.ts';
import type { Storage } from './storage.ts';

export const verdictWords = ['tokenized', 'charged_without_token', 'not_charged'] as const;
export type VerdictWord = (typeof verdictWords)[number];

const verdictSchema = z.object({
  row: z.int().positive(),
  /** The send that it is about. */
  merchantTxnRef: z.string(),
  verdict: z.enum(verdictWords),
  storedPaymentMethodId: z.string().exactOptional(),
  transactionId: z.string().exactOptional(),
});

const resolutionSchema = z.object({
  version: z.literal(1),
  /** Of the line in the audit log. */
  id: z.string(),
  at: z.iso.datetime(),
  /** `user@host`. */
  who: z.string(),
  reason: z.string().exactOptional(),
  file: z.object({ name: z.string(), sha256: z.string() }),
  verdicts: z.array(verdictSchema),
});

/** One person's word about one send. */
export type Verdict = z.infer<typeof verdictSchema>;
/** All verdicts of one `resolve`. */
export type Resolution = z.infer<typeof resolutionSchema>;

/** A verdict with whose it is. */
export interface SettledVerdict extends Verdict {
  readonly at: string;
  readonly who: string;
}

/** The verdicts on a batch's sends, by `merchant_txn_ref`. */
export type VerdictsByRef = ReadonlyMap<string, SettledVerdict>;

/** Resolutions cannot be read. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError';
}

/** Makes the resolution of that number; false where there is one: somebody else was faster. */
export function createResolution(
  storage: Storage,
  batchId: string,
  number: number,
  resolution: Resolution,
): Promise<boolean> {
  return storage.files.createExclusive(
    resolutionKey(batchId, number),
    `${JSON.stringify(resolution, null, 2)}\n`,
  );
}

/** All resolutions of a batch in order. Throws ResolutionError where one is missing or damaged: a verdict decides about money. */
export async function readResolutions(storage: Storage, batchId: string): Promise<Resolution[]> {
  const count = (await storage.files.list(resolutionsFolder(batchId))).length;
  const resolutions: Resolution[] = [];
  for (let number = 1; number <= count; number += 1) {
    const key = resolutionKey(batchId, number);
    const content = await storage.files.read(key);
    const parsed = resolutionSchema.safeParse(parseJson(content?.toString('utf8')));
    if (!parsed.success) {
      throw new ResolutionError(`A resolution of the batch is damaged: ${storage.files.locate(key)}`);
    }
    resolutions.push(parsed.data);
  }
  return resolutions;
}

/** The verdicts of several resolutions by the send they are about; the last word on a send stands. */
export function verdictsOf(resolutions: readonly Resolution[]): VerdictsByRef {
  const verdicts = new Map<string, SettledVerdict>();
  for (const { at, who, verdicts: some } of resolutions) {
    for (const verdict of some) {
      verdicts.set(verdict.merchantTxnRef, { ...verdict, at, who });
    }
  }
  return verdicts;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
