/*
 * Decides when a batch stops because of the gateway's answers.
 *
 * "In a row" refers to the order of sending, not of answering: a request that hangs times out a
 * minute after its neighbours, and at the end of a file the last answers are all time-outs. Sends
 * without an answer, and those that were certainly not processed, are skipped.
 */
import type { HoldReason } from '../contract/hold.ts';
import { outranks } from './hold-advice.ts';
import type { AnswerKind } from './verdict.ts';

/**
 * Five distinguish a broken gateway from an occasional lost answer: if 2 % of the answers are lost,
 * it happens by chance once in 3e8 rows.
 */
const ambiguousInARow = 5;
/** Number of recent answers over which a share is counted. */
const windowAnswers = 50;
const ambiguousInWindow = 25;
/**
 * A card used under several references may trigger a velocity rule by itself. A fifth of all rows,
 * or several in a row, means that the batch's own rate is the cause.
 */
const velocityInARow = 3;
const velocityInWindow = 10;
/**
 * A refused request usually means that our configuration is wrong. Three in a row are conclusive
 * and cost little.
 */
const refusalsInARow = 3;
/** Number of sends kept; far more than can be in flight at once. */
const remembered = 65_536;

const kinds = [
  'definite',
  'ambiguous',
  'request_refused',
  'set_up_code',
  'velocity',
] as const satisfies AnswerKind[];

/** Monitors one batch's answers in one process, from one hold to the next. */
export class HoldMonitor {
  readonly #answers = new Uint8Array(remembered);
  #next = 0;
  #hold: HoldReason | undefined;

  /** The reason to hold, if there is one. Then nothing more may be sent. */
  get hold(): HoldReason | undefined {
    return this.#hold;
  }

  /** Returns the sequence number for a send that is about to happen. */
  begin(): number {
    const sequence = this.#next;
    this.#next += 1;
    this.#answers[sequence % remembered] = 0;
    return sequence;
  }

  /**
   * Holds immediately, for a reason that needs no counting. The first reason stays unless this one
   * outranks it.
   */
  stop(reason: HoldReason): HoldReason {
    if (outranks(reason.code, this.#hold?.code)) this.#hold = reason;
    return this.#hold ?? reason;
  }

  /** Records an answer. Returns the reason if this answer makes the batch hold. */
  answered(sequence: number, kind: AnswerKind): HoldReason | undefined {
    this.#answers[sequence % remembered] = kinds.indexOf(kind) + 1;
    const reason = this.#reasonAt(sequence, kind);
    return reason === undefined || this.#hold !== undefined ? undefined : this.stop(reason);
  }

  #reasonAt(sequence: number, kind: AnswerKind): HoldReason | undefined {
    switch (kind) {
      case 'definite':
        return undefined;
      case 'ambiguous': {
        const run = this.#runAround(sequence, kind);
        const share = this.#countBefore(sequence, kind);
        if (run >= ambiguousInARow) {
          return holdAt(
            'ambiguous_answers',
            run,
            `${run} requests in a row have no clear answer: each card may have been charged`,
          );
        }
        return share >= ambiguousInWindow
          ? holdAt(
              'ambiguous_answers',
              share,
              `${share} of the last ${windowAnswers} requests have no clear answer: each card may have been charged`,
            )
          : undefined;
      }
      case 'velocity': {
        const run = this.#runAround(sequence, kind);
        const share = this.#countBefore(sequence, kind);
        if (run < velocityInARow && share < velocityInWindow) return undefined;
        return holdAt(
          'velocity_codes',
          Math.max(run, share),
          "The gateway's velocity rules refuse the rows: the batch itself is the cause",
        );
      }
      case 'request_refused': {
        const run = this.#runAround(sequence, kind);
        return run >= refusalsInARow
          ? holdAt('requests_refused', run, `The gateway refused ${run} requests in a row as invalid`)
          : undefined;
      }
      case 'set_up_code': {
        const run = this.#runAround(sequence, kind);
        return run >= refusalsInARow
          ? holdAt('set_up_codes', run, `The gateway refused the merchant's set-up ${run} times in a row`)
          : undefined;
      }
    }
  }

  #kindAt(sequence: number): AnswerKind | undefined {
    return kinds[(this.#answers[sequence % remembered] ?? 0) - 1];
  }

  /** The length of the uninterrupted run of answers of this kind around `sequence`. */
  #runAround(sequence: number, kind: AnswerKind): number {
    let run = 1;
    for (const step of [-1, 1]) {
      for (let at = sequence + step; at >= this.#oldest() && at < this.#next; at += step) {
        const other = this.#kindAt(at);
        if (other === undefined) continue;
        if (other !== kind) break;
        run += 1;
      }
    }
    return run;
  }

  /** How many of the last answered sends up to `sequence` were of this kind. */
  #countBefore(sequence: number, wanted: AnswerKind): number {
    let seen = 0;
    let count = 0;
    for (let at = sequence; at >= this.#oldest() && seen < windowAnswers; at -= 1) {
      const kind = this.#kindAt(at);
      if (kind === undefined) continue;
      seen += 1;
      if (kind === wanted) count += 1;
    }
    return count;
  }

  #oldest(): number {
    return Math.max(0, this.#next - remembered);
  }
}

function holdAt(code: HoldReason['code'], count: number, text: string): HoldReason {
  return { code, count, text };
}
