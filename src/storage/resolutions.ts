/*
 * What people found out about sends with an unknown outcome. Each `resolve` creates one record
 * exclusively, with all its resolutions. Records are complete or absent, are never changed, and
 * state who resolved and when.
 */
import { z } from 'zod';
import { resolutionKey, resolutionsFolder } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseJson } from './stored-json.ts';

export const resolutionKinds = ['tokenized', 'charged_without_token', 'not_charged'] as const;
export type ResolutionKind = (typeof resolutionKinds)[number];

const resolutionSchema = z.object({
  row: z.int().positive(),
  /** The send that is resolved. */
  merchantTxnRef: z.string(),
  resolution: z.enum(resolutionKinds),
  storedPaymentMethodId: z.string().exactOptional(),
  transactionId: z.string().exactOptional(),
});

const recordSchema = z.object({
  version: z.literal(1),
  /** Id of the corresponding line in the audit log. */
  id: z.string(),
  at: z.iso.datetime(),
  /** `user@host`. */
  who: z.string(),
  reason: z.string().exactOptional(),
  file: z.object({ name: z.string(), sha256: z.string() }),
  resolutions: z.array(resolutionSchema),
});

/** One person's resolution of one send. */
export type SendResolution = z.infer<typeof resolutionSchema>;
/** All resolutions of one `resolve`. */
export type ResolutionRecord = z.infer<typeof recordSchema>;

/** A resolution with its author and time. */
export interface RecordedResolution extends SendResolution {
  readonly at: string;
  readonly who: string;
}

/** The resolutions of a batch's sends, by `merchant_txn_ref`. */
export type ResolutionsByRef = ReadonlyMap<string, RecordedResolution>;

/** The resolutions are unreadable. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError';
}

/** Creates the record with this number. Returns false if it exists: another process was faster. */
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

/**
 * All resolution records of a batch, in order. Throws ResolutionError if one is missing or damaged,
 * because a resolution decides about money.
 */
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

/** The resolutions by the send they concern. The latest resolution of a send wins. */
export function resolutionsByRef(records: readonly ResolutionRecord[]): ResolutionsByRef {
  const byRef = new Map<string, RecordedResolution>();
  for (const { at, who, resolutions: some } of records) {
    for (const resolution of some) {
      byRef.set(resolution.merchantTxnRef, { ...resolution, at, who });
    }
  }
  return byRef;
}
