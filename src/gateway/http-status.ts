/*
 * What an HTTP status means for a row at any gateway, if the answer has no evidence of a payment.
 */
import { ambiguous, type Verdict } from '../domain/verdict.ts';

/** The verdict by the status alone. `retryAfterMs`: what the answer's `Retry-After` asked for. */
export function classifyHttpStatus(status: number, retryAfterMs: number | undefined): Verdict {
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
    case 401:
    case 403:
    case 404:
    case 405:
      return { kind: 'set_up_wrong', fault: { kind: 'status', status } };
    case 400:
    case 412:
    case 422:
      return { kind: 'final', outcome: 'failed', errorCode: 'request_refused', counts: 'request_refused' };
    case 409:
      return ambiguous('unknown_duplicate');
    case 425:
    case 429:
      return notProcessed(status, retryAfterMs);
    case 503:
      // A proxy also answers 503 after forwarding. Only Retry-After says that it turned the request
      // away.
      return retryAfterMs === undefined
        ? ambiguous('unknown_server_error')
        : notProcessed(status, retryAfterMs);
    case 408:
      return ambiguous('unknown_timeout');
    default:
      // 303 is among them: it points to the result of a POST that was processed.
      return ambiguous('unknown_server_error');
  }
}

function notProcessed(status: number, retryAfterMs: number | undefined): Verdict {
  return {
    kind: 'not_processed',
    cause: `HTTP ${status}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
