/*
 * What people found out about sends with an unknown outcome. Each `resolve` is one decision
 * (decisions.ts) with all its resolutions: complete or absent, never changed, with its author and
 * time.
 */
import { z } from 'zod';

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

/** The part of a decision that is particular to resolutions. */
export const resolutionBodySchema = z.object({
  file: z.object({ name: z.string(), sha256: z.string() }),
  resolutions: z.array(resolutionSchema),
});

/** One person's resolution of one send. */
export type SendResolution = z.infer<typeof resolutionSchema>;
/** All resolutions of one `resolve`. */
export interface ResolutionRecord extends z.infer<typeof resolutionBodySchema> {
  /** Id of the corresponding line in the audit log. */
  readonly id: string;
  readonly at: string;
  readonly who: string;
  readonly reason?: string;
}

/** A resolution with its author and time. */
export interface RecordedResolution extends SendResolution {
  readonly at: string;
  readonly who: string;
}

/** The resolutions of a batch's sends, by `merchant_txn_ref`. */
export type ResolutionsByRef = ReadonlyMap<string, RecordedResolution>;

/** A resolution names no send, so it could be taken for that of another send. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError';
}

/**
 * The resolutions by the send they concern. The latest resolution of a send wins. Throws
 * ResolutionError.
 */
export function resolutionsByRef(records: readonly ResolutionRecord[]): ResolutionsByRef {
  const byRef = new Map<string, RecordedResolution>();
  for (const { at, who, resolutions: some } of records) {
    for (const resolution of some) {
      if (resolution.merchantTxnRef === '') {
        throw new ResolutionError(
          `The resolution of row ${resolution.row} by ${who} on ${at} has no merchant_txn_ref`,
        );
      }
      byRef.set(resolution.merchantTxnRef, { ...resolution, at, who });
    }
  }
  return byRef;
}
