/*
 * Tells what failed before a connection was made from what failed after: the first was certainly not processed, the second
 * may have been. Only the connector knows the difference, so it marks its own errors.
 */
import { buildConnector } from 'undici';

export type ConnectFailureCause = 'dns' | 'refused' | 'timeout' | 'tls' | 'other';

/** No connection was made (name, TCP or TLS), so no byte of the request has left. */
export class ConnectFailedError extends Error {
  override readonly name = 'ConnectFailedError';
  readonly failure: ConnectFailureCause;

  constructor(failure: ConnectFailureCause) {
    super(`not connected (${failure})`);
    this.failure = failure;
  }
}

/** undici's connector with a time-out of its own, whose every failure is a ConnectFailedError. */
export function createMarkedConnector(connectTimeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: connectTimeoutMs });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error === null && socket !== null) {
        callback(null, socket);
      } else {
        callback(new ConnectFailedError(causeOf(error)), null);
      }
    });
  };
}

function causeOf(error: unknown): ConnectFailureCause {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'timeout';
  if (/TLS|SSL|CERT|EPROTO|SELF_SIGNED|UNABLE_TO/.test(code)) return 'tls';
  return 'other';
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
