import type { HoldReason } from '../contract/hold.ts';
import type { BatchPhase, BatchProgress, CarriedBatch, MigrateBatchInput } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { outranks } from '../domain/hold-advice.ts';
import type { WindowState } from '../domain/send-window.ts';
import { type BatchStage, phaseOf } from './batch-phase.ts';

/** How far a batch has come, and what stops it: the part of its state that decides its phase. */
export class BatchLifecycle {
  #stage: BatchStage;
  #isPaused: boolean;
  #hold: HoldReason | undefined;
  #holdGeneration: number;
  /** The sending hours, as last checked; before the first check they are closed. */
  #window: WindowState | undefined;
  readonly #hours: MigrateBatchInput['window'];

  constructor({ carried, window }: MigrateBatchInput) {
    this.#hours = window;
    this.#stage = carried === undefined ? 'staging' : 'sending';
    this.#isPaused = carried?.isPaused ?? false;
    this.#hold = carried?.hold;
    this.#holdGeneration = carried?.holdGeneration ?? 0;
  }

  get phase(): BatchPhase {
    return phaseOf({
      stage: this.#stage,
      hold: this.#hold,
      isPaused: this.#isPaused,
      isWindowClosed: this.#isWindowClosed,
    });
  }

  /** Why the batch holds; undefined: it does not. */
  get holdReason(): HoldReason | undefined {
    return this.#hold;
  }

  /** Counts the holds that are over. */
  get holdGeneration(): number {
    return this.#holdGeneration;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isStaged(): boolean {
    return this.#stage !== 'staging';
  }

  /** No row is left to send, even if a hold hides that. */
  get hasSentAll(): boolean {
    return this.#stage !== 'staging' && this.#stage !== 'sending';
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Holds the batch. The first reason stays, unless a later one outranks it. */
  hold(reason: HoldReason): void {
    if (outranks(reason.code, this.#hold?.code)) this.#hold = reason;
  }

  windowChecked(window: WindowState): void {
    this.#window = window;
  }

  /** The batch is cancelled: what was not sent is closed. */
  beginClosing(): void {
    this.#endStops();
    this.advance('closing');
  }

  beginPublishing(): void {
    this.#endStops();
    this.advance('publishing');
  }

  /** The batch is cancelled before it was staged: nothing is closed or published. */
  cancelUnstaged(): void {
    this.#endStops();
    this.advance('cancelled');
  }

  protected advance(stage: BatchStage): void {
    this.#stage = stage;
  }

  /** Ends a pause, and a hold unless it waits for an approval. True if a hold ended. */
  protected release(): boolean {
    this.#isPaused = false;
    if (this.#hold === undefined || this.#hold.code === 'canary_sent') return false;
    this.#hold = undefined;
    this.#holdGeneration += 1;
    return true;
  }

  protected releaseCanary(): void {
    this.#hold = undefined;
  }

  /** Sends nothing at the moment. */
  protected get isStopped(): boolean {
    return this.#isPaused || this.#hold !== undefined || this.#isWindowClosed;
  }

  protected lifecycleProgress(): Pick<BatchProgress, 'phase' | 'hold' | 'window'> {
    return {
      phase: this.phase,
      ...definedOf({ hold: this.#hold }),
      ...(this.#hours === undefined ? {} : { window: { ...this.#hours, isOpen: false, ...this.#window } }),
    };
  }

  protected carriedLifecycle(): Pick<CarriedBatch, 'isPaused' | 'hold' | 'holdGeneration'> {
    return {
      isPaused: this.#isPaused,
      ...definedOf({ hold: this.#hold }),
      holdGeneration: this.#holdGeneration,
    };
  }

  get #isWindowClosed(): boolean {
    return this.#hours !== undefined && this.#window?.isOpen !== true;
  }

  /**
   * Every row has its outcome, or gets it without being sent: there is nothing that a hold or a
   * pause could stop.
   */
  #endStops(): void {
    this.#hold = undefined;
    this.#isPaused = false;
  }
}
