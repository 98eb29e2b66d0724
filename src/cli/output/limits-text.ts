/* What `status` and `watch` print about the rate: its value, its cause, and who set it. */
import type { BatchProgress } from '../../contract/workflows.ts';
import { readAccount } from '../../operations/lookups/account.ts';
import type { AccountLimits } from '../../rate-limit/account-limits.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { CliContext } from '../cli-context.ts';

interface SetBy {
  readonly who: string;
  readonly at: string;
  readonly reason?: string;
}

/** The lines of `status` about the limits of a batch and of its account. */
export function describeLimits(
  progress: Pick<BatchProgress, 'ratePerS' | 'concurrency' | 'limitsChange'>,
  account: AccountLimits,
  nowMs: number,
): string[] {
  const { ratePerS, concurrency, limitsChange } = progress;
  const { limit } = account;
  const backOff = describeBackOff(account, nowMs);
  return [
    `Rate: ${ratePerS === undefined ? 'no limit for this batch' : `at most ${ratePerS} requests/s`}, at most ${concurrency} in flight${limitsChange === undefined ? '' : `; ${describeSetBy(limitsChange)}`}`,
    ...(limit === undefined
      ? []
      : [
          `Account: ${limit.ratePerS === null ? 'no limit' : `at most ${limit.ratePerS} requests/s across all batches`}; ${describeSetBy(limit)}`,
        ]),
    ...(backOff === undefined ? [] : [backOff]),
  ];
}

/** Why the account is slower than its limit; undefined if it is not. */
export function describeBackOff({ backOff, ratePerS }: AccountLimits, nowMs: number): string | undefined {
  if (backOff === undefined) return undefined;
  const { cause, cutAtMs, resumeAtMs } = backOff;
  const since = `the gateway answered ${cause} at ${timeOf(cutAtMs)}`;
  return resumeAtMs > nowMs
    ? `Waiting until ${timeOf(resumeAtMs)}: ${since} and asked to wait`
    : `Slowed to ${(ratePerS ?? 0).toFixed(1)} requests/s: ${since}. The rate recovers automatically`;
}

/** The same for `--json`. */
export function accountJson({ limit, backOff, ratePerS }: AccountLimits, nowMs: number) {
  return {
    limit_per_s: limit?.ratePerS ?? null,
    set_by: limit?.who ?? null,
    set_at: limit?.at ?? null,
    reason: limit?.reason ?? null,
    effective_per_s: ratePerS === undefined ? null : Number(ratePerS.toFixed(2)),
    slowed_by: backOff?.cause ?? null,
    slowed_at: backOff === undefined ? null : new Date(backOff.cutAtMs).toISOString(),
    waits_until:
      backOff === undefined || backOff.resumeAtMs <= nowMs
        ? null
        : new Date(backOff.resumeAtMs).toISOString(),
  };
}

/** Creates a reader of the reason why the batch's account is slower than its limit. */
export function slownessOf(context: CliContext, record: BatchRecord): () => Promise<string | undefined> {
  return async () => describeBackOff(await readAccount(context, record), Date.now());
}

function describeSetBy({ who, at, reason }: SetBy): string {
  return `set by ${who} at ${at.slice(0, 19).replace('T', ' ')} UTC${reason === undefined ? '' : ` (${reason})`}`;
}

function timeOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}
