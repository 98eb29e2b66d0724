/*
 * Commits what an operator decided about a batch, unless something else was decided since the
 * operator looked.
 */

import { randomUUID } from 'node:crypto';
import type { AppContext } from '../app/app-context.ts';
import { countOf } from '../domain/counted-text.ts';
import { scrubText } from '../domain/scrub.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { type Decision, type DecisionDraft, decide } from '../storage/decisions.ts';
import { callerOf, type Reason } from './audit-news.ts';
import { OperationRefused } from './errors.ts';

/** The author's part of a decision that the operator makes now. */
export function authorOf(
  context: Pick<AppContext, 'operator'>,
  given: Reason,
): Pick<DecisionDraft, 'id' | 'at' | 'who' | 'reason'> {
  const { who, reason } = callerOf(context, given);
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    who: scrubText(who, 100),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** A decision to commit, and what to say if others decided first. */
export interface DecisionToCommit {
  /** The number of the last decision that the operator's preview includes. */
  readonly basedOn: number;
  readonly draft: DecisionDraft;
  /** What did not happen: "Nothing was sent". */
  readonly nothing: string;
  /** The operator's command, to look again and decide again. */
  readonly again: string;
}

/** Commits the decision. Throws OperationRefused if the preview is outdated. */
export async function commitDecision(
  context: Pick<AppContext, 'storage'>,
  { batchId }: Pick<BatchRecord, 'batchId'>,
  { basedOn, draft, nothing, again }: DecisionToCommit,
): Promise<Decision> {
  const attempt = await decide(await context.storage(), batchId, basedOn, draft);
  if (attempt.kind === 'decided') return attempt.decision;
  const { meanwhile } = attempt;
  const hasOpenPass = meanwhile.some(({ kind }) => kind === 'plan');
  throw new OperationRefused(
    'decided_meanwhile',
    [
      `${nothing}: since you looked, something else was decided about the batch.`,
      ...meanwhile.map((decision) => `  ${describeDecision(decision)}`),
      ...(hasOpenPass ? describeOpenPass(batchId, draft) : ['To look again and repeat your command:']),
      ...(hasOpenPass && draft.kind === 'plan' ? [] : [`  ${again}`]),
    ].join('\n'),
  );
}

/** Who decided what, in a line. Card numbers and cells do not occur in decisions. */
function describeDecision(decision: Decision): string {
  const { who, at } = decision;
  switch (decision.kind) {
    case 'plan':
      return `${who} planned pass ${decision.plan.pass} with ${countOf(decision.plan.rows, 'row')} on ${at}`;
    case 'resolutions':
      return `${who} resolved ${countOf(decision.resolutions.length, 'row')} on ${at}`;
    case 'purge':
      return `${who} purged the card data on ${at}`;
  }
}

/** Nothing else can be decided before the pass has ended. */
function describeOpenPass(batchId: string, { kind }: DecisionDraft): string[] {
  return [
    'To continue that pass:',
    `  cardlift redrive ${batchId}`,
    'To end it, so that unsent rows keep their outcome:',
    `  cardlift redrive ${batchId} --cancel`,
    ...(kind === 'plan' ? [] : ['Then repeat your command:']),
  ];
}
