/* What status and watch say of the pace: how fast, why, and who set it. */
import type { BatchProgress, MigrateBatchInput } from '../contract/workflows.ts';
import { type AccountPace, readAccountPace } from '../pace/account-pace.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { readBatchPace } from '../storage/pace-settings.ts';
import type { Storage } from '../storage/storage.ts';

interface SetBy {
  readonly who: string;
  readonly at: string;
  readonly reason?: string;
}

/** The lines of `status` on the pace of a batch and of its account. */
export function describePace(
  progress: Pick<BatchProgress, 'ratePerS' | 'concurrency' | 'paceChange'>,
  account: AccountPace,
  nowMs: number,
): string[] {
  const { ratePerS, concurrency, paceChange } = progress;
  const { limit } = account;
  const pressure = describePressure(account, nowMs);
  return [
    `pace: ${ratePerS === undefined ? 'no limit of its own' : `at most ${ratePerS} requests/s`}, ${concurrency} under way at most${paceChange === undefined ? '' : `; ${describeSetBy(paceChange)}`}`,
    ...(limit === undefined
      ? []
      : [
          `account: ${limit.ratePerS === null ? 'no limit' : `at most ${limit.ratePerS} requests/s for all batches together`}; ${describeSetBy(limit)}`,
        ]),
    ...(pressure === undefined ? [] : [pressure]),
  ];
}

/** Why the account is slower than its limit; undefined where it is not. */
export function describePressure({ pressure, ratePerS }: AccountPace, nowMs: number): string | undefined {
  if (pressure === undefined) return undefined;
  const { cause, cutAtMs, resumeAtMs } = pressure;
  const since = `the gateway answered ${cause} at ${timeOf(cutAtMs)}`;
  return resumeAtMs > nowMs
    ? `waiting until ${timeOf(resumeAtMs)}: ${since} and asked for it`
    : `slowed to ${(ratePerS ?? 0).toFixed(1)} requests/s: ${since}; the pace climbs back by itself`;
}

/** The same for `--json`. */
export function accountJson({ limit, pressure, ratePerS }: AccountPace, nowMs: number) {
  return {
    limit_per_s: limit?.ratePerS ?? null,
    set_by: limit?.who ?? null,
    set_at: limit?.at ?? null,
    reason: limit?.reason ?? null,
    effective_per_s: ratePerS === undefined ? null : Number(ratePerS.toFixed(2)),
    slowed_by: pressure?.cause ?? null,
    slowed_at: pressure === undefined ? null : new Date(pressure.cutAtMs).toISOString(),
    waits_until:
      pressure === undefined || pressure.resumeAtMs <= nowMs
        ? null
        : new Date(pressure.resumeAtMs).toISOString(),
  };
}

/** Looks why a batch's account is slower than its limit. */
export function slownessOf(storage: Storage, { binding }: BatchRecord): () => Promise<string | undefined> {
  return async () => {
    const nowMs = Date.now();
    return describePressure(await readAccountPace(storage, binding, nowMs), nowMs);
  };
}

/** What a batch that is started again goes on with, where its pace was changed before. */
export async function readPaceChanges(
  storage: Storage,
  batchId: string,
): Promise<Pick<MigrateBatchInput, 'paceChange'>> {
  const paceChange = await readBatchPace(storage.files, batchId);
  return paceChange === undefined ? {} : { paceChange };
}

function describeSetBy({ who, at, reason }: SetBy): string {
  return `set by ${who} at ${at.slice(0, 19).replace('T', ' ')} UTC${reason === undefined ? '' : ` (${reason})`}`;
}

function timeOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}
