/*
 * The phases of a batch, and which transition leads from which to which.
 *
 * A batch passes its stages once, in this order: staging, sending, publishing, finished. One that
 * is cancelled goes through closing and publishing to cancelled. Until it is published, a hold, a
 * pause or closed sending hours may stop it. A stop hides the stage: the batch shows the phase of
 * the stop, and returns to the stage's own phase after it.
 */
import type { HoldReason } from '../contract/hold.ts';
import type { BatchPhase } from '../contract/workflows.ts';

/** How far a batch has come, whatever stops it at the moment. */
export type BatchStage = Exclude<
  BatchPhase,
  'paused' | 'on_hold' | 'waiting_for_approval' | 'waiting_for_window'
>;

/** What decides the phase. */
export interface BatchSituation {
  readonly stage: BatchStage;
  readonly hold: HoldReason | undefined;
  readonly isPaused: boolean;
  readonly isWindowClosed: boolean;
}

/**
 * The phase that a batch shows: its stage, unless something stops it. A hold hides a pause, a pause
 * the sending hours.
 */
export function phaseOf({ stage, hold, isPaused, isWindowClosed }: BatchSituation): BatchPhase {
  if (stage === 'finished' || stage === 'cancelled') return stage;
  if (hold !== undefined) return hold.code === 'canary_sent' ? 'waiting_for_approval' : 'on_hold';
  if (isPaused) return 'paused';
  return stage === 'sending' && isWindowClosed ? 'waiting_for_window' : stage;
}

/** The phases in which no row is left to send. */
export function hasSentAllIn(phase: BatchPhase): boolean {
  return phase === 'closing' || phase === 'publishing' || phase === 'finished' || phase === 'cancelled';
}

/** The phases that a transition may lead to, by the phase that it comes from. */
type Ways = Partial<Record<BatchPhase, readonly BatchPhase[]>>;

/** A stop hides the stage, so what follows it depends on what was there before. */
const afterStop = ['staging', 'sending', 'waiting_for_window'] as const;
const fromAnyStop = <Phase extends BatchPhase>(phase: Phase) =>
  ({
    sending: [phase],
    paused: [phase],
    on_hold: [phase],
    waiting_for_approval: [phase],
    waiting_for_window: [phase],
  }) as const;

/**
 * Which transition of BatchState leads from which phase to which. In a phase that is not listed, a
 * transition cannot happen or changes only what the phase hides, e.g. a pause on hold. `hold`
 * happens through reports of shards and changed tolerances, too.
 */
export const batchTransitions = {
  staged: { staging: ['sending', 'waiting_for_window'] },
  pause: { staging: ['paused'], sending: ['paused'], waiting_for_window: ['paused'] },
  hold: {
    staging: ['on_hold'],
    sending: ['on_hold', 'waiting_for_approval'],
    paused: ['on_hold', 'waiting_for_approval'],
    waiting_for_approval: ['on_hold'],
    waiting_for_window: ['on_hold', 'waiting_for_approval'],
    closing: ['on_hold'],
    publishing: ['on_hold'],
  },
  resume: {
    paused: afterStop,
    // A canary whose rows are all answered waits for its approval again.
    on_hold: [...afterStop, 'waiting_for_approval', 'closing', 'publishing'],
  },
  approve: { waiting_for_approval: ['sending', 'paused', 'waiting_for_window'] },
  windowChecked: { sending: ['waiting_for_window'], waiting_for_window: ['sending'] },
  /** All rows of the pass are answered, even if a stop came with the last answer. */
  beginPublishing: fromAnyStop('publishing'),
  /**
   * A cancellation. A batch that publishes as finished can still be cancelled; a later pass also
   * before it is staged.
   */
  beginClosing: { staging: ['closing'], ...fromAnyStop('closing'), publishing: ['closing'] },
  closed: { closing: ['publishing'] },
  published: { publishing: ['finished', 'cancelled'] },
  /** A cancellation of a first pass that is not staged. */
  cancelUnstaged: { staging: ['cancelled'], paused: ['cancelled'], on_hold: ['cancelled'] },
} as const satisfies Record<string, Ways>;

export type BatchTransition = keyof typeof batchTransitions;
