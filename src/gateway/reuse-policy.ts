/*
 * When a request may use a connection that carried one before. A server may close an idle
 * connection at any time. A request that is written at that moment is lost and its row ends
 * `unknown`, so a connection is reused only if that is known to be safe:
 *
 *   new        Nothing is known about the server. Each request has its own connection; a few are
 *              left open and watched.
 *   stated     The server states its time-out (`Keep-Alive: timeout=5`): reused until a second
 *              before it.
 *   observed   A watched connection stayed open for a second: reused after at most half of that.
 *   never      A reused connection lost its request, the server closed idle connections at once, or
 *              unsolicited bytes came. Each request has its own connection until the process ends.
 *
 * At low rates each request has its own connection too: handshakes cost little then.
 */

/**
 * How long an idle connection is watched before we close it: less than most servers wait (5 s and
 * more).
 */
export const watchedMs = 1_000;
/** A connection that was idle for longer is not reused: half of what was observed. */
const longestIdleMs = watchedMs / 2;
/** How much of a stated time-out is left unused, for clocks, the network and a busy process. */
const statedMarginMs = 1_000;
/** A server that closes this soon after an answer leaves no time to reuse a connection. */
const shortestIdleMs = 100;
/** With fewer requests per second, new connections cost less than one percent of a processor. */
const slowRequestsPerS = 25;
/** How many connections are left open and watched while nothing is known. */
const mostWatched = 16;

/**
 * What is known about a server, and what follows for the next request. Times are monotonic
 * milliseconds.
 */
export class ReusePolicy {
  #isNever = false;
  #hasObserved = false;
  /** The shortest idle time after which the server closed. */
  #closedAfterMs = Number.POSITIVE_INFINITY;
  readonly #requestedAtMs = new Float64Array(slowRequestsPerS).fill(Number.NEGATIVE_INFINITY);
  #requests = 0;

  /** Counts a request. */
  requested(nowMs: number): void {
    this.#requestedAtMs[this.#requests % slowRequestsPerS] = nowMs;
    this.#requests += 1;
  }

  /**
   * True if a connection may stay open after its answer: for the next request, or to be watched.
   */
  mayKeep(openIdle: number, statedMs: number | undefined): boolean {
    return !this.#isNever && (this.#hasObserved || statedMs !== undefined || openIdle < mostWatched);
  }

  /**
   * True if a connection may carry another request. `statedMs`: the time-out that the server stated
   * on it, if any.
   */
  mayReuse(idleMs: number, statedMs: number | undefined, nowMs: number): boolean {
    if (this.#isNever || this.#isSlow(nowMs)) return false;
    if (statedMs === undefined && !this.#hasObserved) return false;
    const statedLimitMs = statedMs === undefined ? longestIdleMs : statedMs - statedMarginMs;
    return idleMs < Math.min(watchedMs, statedLimitMs, this.#closedAfterMs / 2);
  }

  /** A watched connection stayed open until we closed it. */
  stayedOpen(): void {
    this.#hasObserved = true;
  }

  /** The server closed an idle connection. */
  closedByServer(idleMs: number): void {
    this.#closedAfterMs = Math.min(this.#closedAfterMs, idleMs);
    if (this.#closedAfterMs < shortestIdleMs) this.#isNever = true;
  }

  /** A reused connection lost its request, or brought bytes that no request asked for. */
  cannotBeTrusted(): void {
    this.#isNever = true;
  }

  #isSlow(nowMs: number): boolean {
    const oldestMs = this.#requestedAtMs[this.#requests % slowRequestsPerS] ?? 0;
    return nowMs - oldestMs > 1_000;
  }
}
