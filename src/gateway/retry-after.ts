/** Longer waits are cut to an hour. The gateway can ask for more then. */
const longestMs = 3_600_000;

/**
 * A `Retry-After` header in milliseconds from `nowMs`: seconds or an HTTP date (RFC 9110, 10.2.3).
 * Undefined if it is absent or neither, since a 503 counts as not processed only if the gateway
 * clearly says when to retry.
 */
export function parseRetryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(text)) {
    return Math.min(Number(text) * 1000, longestMs);
  }
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), longestMs);
}
