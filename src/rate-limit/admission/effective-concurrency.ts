import { effectiveConcurrencyOf } from '../../domain/concurrency.ts';
import { definedOf } from '../../domain/defined.ts';

/**
 * An update costs a signal and a workflow task, so small differences are not reported. A quarter
 * would be too coarse: the first answer of a cold process takes some tenths of a second longer than
 * the others, and the rows started for that wait that much longer, long enough to cost a heartbeat
 * each.
 */
const reportedDifference = 0.1;
/** The weight of one response time among those before it. */
const responseWeight = 0.05;
/**
 * A response that took much longer than those before it (a request that hung) counts as at most
 * this much longer.
 */
const mostTimesLonger = 3;
const mostLongerS = 1;

/**
 * How many rows of a batch are worth starting at once, from its limits and the measured response
 * time.
 */
export class EffectiveConcurrency {
  /** A moving average; undefined: the gateway has not answered yet. */
  #responseS: number | undefined;
  /** Undefined: nothing was reported, and what another worker reported may be in force. */
  #reported: number | undefined;

  /** The gateway answered after this time, or did not answer in it. */
  answered(tookS: number): void {
    const before = this.#responseS;
    if (before === undefined) {
      this.#responseS = tookS;
      return;
    }
    const counted = Math.min(tookS, before * mostTimesLonger + mostLongerS);
    this.#responseS = before + (counted - before) * responseWeight;
  }

  under(concurrency: number, ratePerS: number | undefined): number {
    return effectiveConcurrencyOf({ concurrency, ...definedOf({ ratePerS }) }, this.#responseS);
  }

  /** Returns the value if it differs enough from the last one to be reported to the workflow. */
  update(value: number): number | undefined {
    const reported = this.#reported;
    if (reported !== undefined && Math.abs(value - reported) <= reported * reportedDifference)
      return undefined;
    this.#reported = value;
    return value;
  }

  /** The workflow no longer uses the last update. */
  forgetUpdate(): void {
    this.#reported = undefined;
  }
}
