/*
 * Asks the operator on a terminal whether to send the rows after the canary. The question ends once
 * it is decided elsewhere.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { HoldReason } from '../contract/hold.ts';
import type { ApprovalState } from '../operations/controls/go-on.ts';
import type { Terminal } from './terminal.ts';

export interface CanaryQuestion {
  readonly terminal: Pick<Terminal, 'report' | 'confirm'>;
  /** The hold that the question is about. */
  readonly hold: HoldReason;
  /** Withdraws the question because the process is shutting down. */
  readonly signal: AbortSignal;
  /** Rejects if no worker answers for the batch. */
  readonly readNow: () => Promise<ApprovalState>;
  /** Rejects if the batch refuses. */
  readonly approve: () => Promise<void>;
  readonly lookEveryMs?: number;
}

/**
 * Short enough that the question disappears before an operator answers an outdated one. Each look
 * is one query of an idle batch.
 */
const usualLookEveryMs = 1_000;

/**
 * `waits`: the operator did not say yes, and the batch still waits. `decided`: it continues or
 * ends.
 */
export async function askForApproval(question: CanaryQuestion): Promise<'waits' | 'decided'> {
  const { terminal, hold, signal, readNow, approve } = question;
  terminal.report(hold.text);
  const over = new AbortController();
  const watching = watchForDecision(question, over);
  let isYes: boolean;
  try {
    isYes = await terminal.confirm('Send the remaining rows?', AbortSignal.any([signal, over.signal]));
  } finally {
    over.abort();
  }
  // The answer counts only if the batch still has the same hold.
  const now = (await watching) ?? (await readNow().catch(() => undefined));
  if (now !== undefined && !isDeepStrictEqual(now.hold, hold)) {
    terminal.report(`Nothing left to approve: the batch is ${now.phase}, decided elsewhere.`);
    return 'decided';
  }
  if (!isYes) return 'waits';
  await approve();
  return 'decided';
}

/**
 * Withdraws the question once it is outdated and returns the batch's state. Returns undefined if
 * the operator answered first.
 */
async function watchForDecision(
  { hold, readNow, lookEveryMs = usualLookEveryMs }: CanaryQuestion,
  over: AbortController,
): Promise<ApprovalState | undefined> {
  while (!over.signal.aborted) {
    await delay(lookEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
    if (over.signal.aborted) return undefined;
    // A busy worker answers the next query.
    const now = await readNow().catch(() => undefined);
    if (now === undefined || isDeepStrictEqual(now.hold, hold)) continue;
    over.abort();
    return now;
  }
  return undefined;
}
