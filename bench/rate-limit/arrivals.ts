/*
 * What a list of arrivals, by the simulated gateway's clock, says about a rate. Times are in
 * milliseconds.
 */

/** The most arrivals in any window of one second. */
export function worstSecond(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? 0) <= time - 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/**
 * Arrivals per second from `fromS` on to the last whole second: until then there were rows to send.
 * The first request is a probe, so time counts from the second request.
 */
export function meanPerS(times: readonly number[], fromS = 1): number {
  const fromMs = (times[1] ?? 0) + fromS * 1_000;
  const seconds = Math.floor(((times.at(-1) ?? 0) - fromMs) / 1_000);
  if (seconds < 1) return Number.NaN;
  const toMs = fromMs + seconds * 1_000;
  return times.filter((time) => time >= fromMs && time < toMs).length / seconds;
}

/** Arrivals per second in each half second since the first, to draw. */
export function timelineOf(
  times: readonly number[],
  zeroMs = times[0] ?? 0,
): [seconds: number, perS: number][] {
  const stepMs = 500;
  const steps = Math.ceil(((times.at(-1) ?? zeroMs) - zeroMs) / stepMs);
  return Array.from({ length: steps }, (_, step) => {
    const fromMs = zeroMs + step * stepMs;
    const count = times.filter((time) => time >= fromMs && time < fromMs + stepMs).length;
    return [((step + 1) * stepMs) / 1_000, (count * 1_000) / stepMs];
  });
}

/**
 * How long after a change the arrivals keep to the new rate: from then on no second (at low rates,
 * no time of five requests) differs from it by more than a twentieth and one request. Undefined if
 * they never do.
 */
export function settledAfterMs(
  times: readonly number[],
  changedAtMs: number,
  untilMs: number,
  perS: number,
): number | undefined {
  const windowMs = Math.max(1_000, 5_000 / perS);
  const expected = (perS * windowMs) / 1_000;
  const isRight = (fromMs: number): boolean => {
    const count = times.filter((time) => time >= fromMs && time < fromMs + windowMs).length;
    return Math.abs(count - expected) <= expected / 20 + 1;
  };
  let since: number | undefined;
  for (let fromMs = changedAtMs; fromMs + windowMs <= untilMs; fromMs += 50) {
    if (!isRight(fromMs)) since = undefined;
    else since ??= fromMs;
  }
  return since === undefined ? undefined : since - changedAtMs;
}
