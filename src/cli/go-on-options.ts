/* How an operator answers a waiting batch: with options of the command, or on a terminal. */

import { definedOf } from '../domain/defined.ts';
import { approveOpen, type GoOnRequest, readApprovalState } from '../operations/controls/go-on.ts';
import { type FollowEnd, followBatch } from '../operations/follow/follow-batch.ts';
import type { TemporalAccess } from '../temporal/temporal-access.ts';
import { askForApproval } from './canary-question.ts';
import type { CliContext } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { createFollowView } from './output/follow-view.ts';

export interface GoOnOptions {
  /** Continues the batch after a pause or a hold. */
  readonly resume?: true;
  /** Continues the batch after its canary. */
  readonly approve?: true;
  /** Ends the batch. Rows that were not sent become `not_sent`. */
  readonly cancel?: true;
  /** Combined with one of the others: the new tolerance, in percent. */
  readonly tolerate?: number;
  readonly reason?: string;
}

/** Refuses a command line that both continues and ends a batch. Throws CliError. */
export function refuseTwoWays({ resume, approve, cancel }: GoOnOptions): void {
  if (cancel === true && (resume === true || approve === true)) {
    throw new CliError('Give either --cancel, or --resume and --approve. Nothing was done');
  }
}

/** The options in the form that operations take. */
export function goOnRequestOf({ resume, approve, tolerate, reason }: GoOnOptions): GoOnRequest {
  return definedOf({ resume, approve, tolerancePercent: tolerate, reason });
}

/** Follows the batch. If the canary waits for approval, it asks the operator on a terminal. */
export async function followAcrossApproval(
  context: CliContext,
  { client }: TemporalAccess,
  batchId: string,
  signal: AbortSignal,
  describeSlowness: () => Promise<string | undefined>,
): Promise<FollowEnd> {
  const { terminal } = context;
  for (;;) {
    const observer = createFollowView({ terminal, batchId, describeSlowness });
    const end = await followBatch({ client, batchId, signal, observer });
    if (end.kind !== 'on_hold' || end.hold.code !== 'canary_sent' || !terminal.isInteractive) return end;
    const answer = await askForApproval({
      terminal,
      hold: end.hold,
      signal,
      readNow: () => readApprovalState(client, batchId),
      async approve() {
        // If the batch refuses, keep following it.
        const refusal = await approveOpen(context, client, batchId);
        if (refusal !== undefined) terminal.report(`Not approved: ${refusal}`);
      },
    });
    if (signal.aborted) return { kind: 'interrupted' };
    if (answer === 'waits') return end;
  }
}
