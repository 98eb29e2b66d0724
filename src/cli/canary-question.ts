/* Asks the operator on a terminal whether the rows behind the canary may be sent, for as long as that is the question. */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { HoldReason } from '../contract/hold.ts';
import type { ApprovalState } from '../operations/controls/go-on.ts';
import type { Terminal } from './terminal.ts';

export interface CanaryQuestion {
  readonly terminal: Pick<Terminal, 'report' | 'confirm'>;
  /** The hold that the operator is asked about. */
  readonly hold: HoldReason;
  /** Ends the question: the process is told to end. */
  readonly signal: AbortSignal;
  /** Rejects if nothing answers for the batch at the moment. */
  readonly readNow: () => Promise<ApprovalState>;
  /** Rejects if the batch refuses. */
  readonly approve: () => Promise<void>;
  readonly lookEveryMs?: number;
}

/** Often enough that an operator sees the question go before they answer it; each look is one query of an idle batch. */
const usualLookEveryMs = 1_000;

/** `waits`: the operator did not say yes, and the batch still waits. `decided`: it goes on, or ends. */
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
  // An answer counts for this hold only, as it is at this moment.
  const now = (await watching) ?? (await readNow().catch(() => undefined));
  if (now !== undefined && !isDeepStrictEqual(now.hold, hold)) {
    terminal.report(`Nothing left to approve: the batch is ${now.phase}, decided elsewhere.`);
    return 'decided';
  }
  if (!isYes) return 'waits';
  await approve();
  return 'decided';
}

/** Ends the question when it is none any more, and says where the batch is then; undefined if it was answered first. */
async function watchForDecision(
  { hold, readNow, lookEveryMs = usualLookEveryMs }: CanaryQuestion,
  over: AbortController,
): Promise<ApprovalState | undefined> {
  while (!over.signal.aborted) {
    await delay(lookEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
    if (over.signal.aborted) return undefined;
    // A worker that is busy answers the next time.
    const now = await readNow().catch(() => undefined);
    if (now === undefined || isDeepStrictEqual(now.hold, hold)) continue;
    over.abort();
    return now;
  }
  return undefined;
}
