/* What `status` and `list` print for people. */

import { countOf } from '../../domain/counted-text.ts';
import { adviceOf } from '../../domain/hold-advice.ts';
import type { BatchOverview } from '../../operations/lookups/batch-overview.ts';
import type { LastHold } from '../../operations/lookups/last-hold.ts';
import type { Retention } from '../../operations/retention.ts';
import type { AuditLog } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { describeAudit } from './audit-text.ts';
import { describeLimits } from './limits-text.ts';
import { describeCounts, describeProgress } from './progress-text.ts';
import { describeRetention } from './retention-text.ts';

export interface StatusTextInput {
  readonly record: BatchRecord;
  readonly overview: BatchOverview;
  readonly retention: Retention;
  /** The hold that no event has ended since; only for a batch that no worker answers for. */
  readonly lastHold: LastHold | undefined;
  readonly commands: NextCommands;
  /** Where the operator can watch the batch; undefined if Temporal is not running. */
  readonly page: string | undefined;
  readonly log: AuditLog;
  /** The most lines of the audit log; all if undefined. */
  readonly auditLines: number | undefined;
  readonly nowMs: number;
}

export interface NextCommands {
  /** The command that runs the batch on this machine. */
  readonly runAgain: string;
  /** False if nothing was ever sent, so that `cancel` needs neither Temporal nor a worker. */
  readonly mayHaveSent: boolean;
}

/** The state of one batch, and what to type next. */
export function describeStatus(input: StatusTextInput): string {
  const { record, overview, retention, page, log, auditLines, nowMs } = input;
  const { batchId, status, detail, progress, account } = overview;
  const due = describeRetention(batchId, retention);
  const lines = [
    `${record.isLive ? 'LIVE' : 'sandbox'}, ${record.baseUrl}, started ${record.createdAt} by ${record.createdBy}`,
    progress === undefined ? describeRows(overview) : describeProgress(progress, undefined),
    ...(progress === undefined || account === undefined ? [] : describeLimits(progress, account, nowMs)),
    ...describeNext(input),
    ...(due === undefined ? [] : [due]),
    ...(page === undefined ? [] : [`Temporal: ${page}`]),
    ...describeAudit(log, auditLines),
  ];
  const title = `${batchId}: ${status}${detail === undefined ? '' : ` (${detail})`}`;
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** One line of `list`, and a second one if card data should be purged. */
export function describeInList(overview: BatchOverview, retention: Retention): string {
  const { batchId, status, startedAt } = overview;
  const due = describeRetention(batchId, retention);
  return [
    `${startedAt.slice(0, 16)}  ${status.padEnd(9)}  ${batchId}  ${describeRows(overview)}`,
    ...(due === undefined ? [] : [`    ${due}`]),
  ].join('\n');
}

function describeRows({ rows, outcomes }: BatchOverview): string {
  const counts = describeCounts(outcomes);
  return `${countOf(rows, 'row')}${counts === '' ? '' : `: ${counts}`}`;
}

/**
 * Why the batch waits, if it does, and the commands that continue or cancel it if nothing else is
 * running.
 */
function describeNext({ overview, lastHold, commands }: StatusTextInput): string[] {
  const { batchId, status, progress } = overview;
  if (status === 'finished' || status === 'cancelled') return [];
  if (progress !== undefined) {
    if (progress.phase === 'paused') return [`Resume: cardlift resume ${batchId}`];
    if (progress.hold === undefined) return [];
    const { code, text } = progress.hold;
    const { goOn, first } = adviceOf(code);
    return [
      `On hold: ${text} (${code})`,
      `${first}.`,
      ...(goOn === 'never' ? [] : [`${titleOf(goOn)}: cardlift ${goOn} ${batchId}`]),
      `Cancel: cardlift cancel ${batchId}`,
    ];
  }
  const { runAgain, mayHaveSent } = commands;
  const advice = lastHold === undefined ? undefined : adviceOf(lastHold.code);
  const option = advice === undefined ? '' : ` --${advice.goOn}`;
  return [
    ...(advice === undefined || lastHold === undefined
      ? []
      : [`On hold when it last ran: ${lastHold.reason} (${lastHold.code})`, `${advice.first}.`]),
    ...(advice?.goOn === 'never' ? [] : [`${titleOf(advice?.goOn)}: ${runAgain}${option}`]),
    `Cancel: ${mayHaveSent ? `${runAgain} --cancel` : `cardlift cancel ${batchId}`}`,
  ];
}

function titleOf(goOn: 'resume' | 'approve' | 'never' | undefined): string {
  return goOn === 'resume' ? 'Resume' : goOn === 'approve' ? 'Approve' : 'Continue';
}
