/*
 * What people found out about sends whose outcome nobody knew. Each `resolve` leaves one file with all its verdicts, made
 * exclusively: it is there as a whole or not at all. It is never changed, and says who and when.
 */
import { z } from 'zod';
import { resolutionKey, resolutionsFolder } from './layout.ts';
import type { Storage } from './storage.ts';

export const resolutionKinds = ['tokenized', 'charged_without_token', 'not_charged'] as const;
export type ResolutionKind = (typeof resolutionKinds)[number];

const resolutionSchema = z.object({
  row: z.int().positive(),
  /** The send that it is about. */
  merchantTxnRef: z.string(),
  resolution: z.enum(resolutionKinds),
  storedPaymentMethodId: z.string().exactOptional(),
  transactionId: z.string().exactOptional(),
});

const recordSchema = z.object({
  version: z.literal(1),
  /** Of the line in the audit log. */
  id: z.string(),
  at: z.iso.datetime(),
  /** `user@host`. */
  who: z.string(),
  reason: z.string().exactOptional(),
  file: z.object({ name: z.string(), sha256: z.string() }),
  resolutions: z.array(resolutionSchema),
});

/** One person's word about one send. */
export type SendResolution = z.infer<typeof resolutionSchema>;
/** All verdicts of one `resolve`. */
export type ResolutionRecord = z.infer<typeof recordSchema>;

/** A verdict with whose it is. */
export interface RecordedResolution extends SendResolution {
  readonly at: string;
  readonly who: string;
}

/** The verdicts on a batch's sends, by `merchant_txn_ref`. */
export type ResolutionsByRef = ReadonlyMap<string, RecordedResolution>;

/** Resolutions cannot be read. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError';
}

/** Makes the resolution of that number; false where there is one: somebody else was faster. */
export function createResolutionRecord(
  storage: Storage,
  batchId: string,
  number: number,
  resolution: ResolutionRecord,
): Promise<boolean> {
  return storage.files.createExclusive(
    resolutionKey(batchId, number),
    `${JSON.stringify(resolution, null, 2)}\n`,
  );
}

/** All resolutions of a batch in order. Throws ResolutionError where one is missing or damaged: a verdict decides about money. */
export async function readResolutionRecords(storage: Storage, batchId: string): Promise<ResolutionRecord[]> {
  const count = (await storage.files.list(resolutionsFolder(batchId))).length;
  const records: ResolutionRecord[] = [];
  for (let number = 1; number <= count; number += 1) {
    const key = resolutionKey(batchId, number);
    const content = await storage.files.read(key);
    const parsed = recordSchema.safeParse(parseJson(content?.toString('utf8')));
    if (!parsed.success) {
      throw new ResolutionError(`A resolution of the batch is damaged: ${storage.files.locate(key)}`);
    }
    records.push(parsed.data);
  }
  return records;
}

/** The verdicts of several resolutions by the send they are about; the last word on a send stands. */
export function resolutionsByRef(records: readonly ResolutionRecord[]): ResolutionsByRef {
  const byRef = new Map<string, RecordedResolution>();
  for (const { at, who, resolutions: some } of records) {
    for (const resolution of some) {
      byRef.set(resolution.merchantTxnRef, { ...resolution, at, who });
    }
  }
  return byRef;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
