/*
 * Opens a connection, and sends nothing on it. A failure here was certainly not processed, since no
 * byte of the request has left. A later failure may have been processed.
 */

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { definedOf } from '../domain/defined.ts';
import type { NotConnectedCause } from './exchange.ts';

/**
 * Why there is no connection. `not_trusted`: a certificate or the protocol; a retry fails the same
 * way.
 */
export type ConnectFailure =
  | { readonly kind: 'not_connected'; readonly cause: NotConnectedCause }
  | { readonly kind: 'not_trusted'; readonly code: string };

/** No connection was made (name, TCP or TLS). */
export class ConnectFailedError extends Error {
  override readonly name = 'ConnectFailedError';
  readonly failure: ConnectFailure;

  constructor(failure: ConnectFailure) {
    super(
      failure.kind === 'not_connected' ? `not connected (${failure.cause})` : `not trusted (${failure.code})`,
    );
    this.failure = failure;
  }
}

/**
 * Opens connections to one server. Each call resolves with a socket that is ready for a request, or
 * rejects with ConnectFailedError.
 */
export function createConnector({ protocol, hostname, port }: URL, timeoutMs: number): () => Promise<Socket> {
  const isSecure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const target = { host, port: port === '' ? (isSecure ? 443 : 80) : Number(port), noDelay: true };
  // If the server remembers the session, the next handshake is much shorter.
  let session: Buffer | undefined;
  const open = (): Socket => {
    if (!isSecure) return connectTcp(target);
    const socket = connectTls({
      ...target,
      ALPNProtocols: ['http/1.1'],
      ...definedOf({ session }),
      // An IP address is not a server name (RFC 6066).
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    });
    socket.on('session', (next: Buffer) => {
      session = next;
    });
    return socket;
  };
  return () =>
    new Promise((resolve, reject) => {
      const socket = open();
      const timer = setTimeout(() => fail({ kind: 'not_connected', cause: 'timeout' }), timeoutMs);
      const fail = (failure: ConnectFailure): void => {
        clearTimeout(timer);
        // If the server refused the session, it must not fail the next handshake too.
        session = undefined;
        socket.destroy();
        reject(new ConnectFailedError(failure));
      };
      const onError = (error: Error): void => {
        fail(failureOf(error));
      };
      const onClose = (): void => fail({ kind: 'not_connected', cause: 'other' });
      socket.on('error', onError);
      socket.on('close', onClose);
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.off('error', onError);
        socket.off('close', onClose);
        resolve(socket);
      });
    });
}

function failureOf(error: Error): ConnectFailure {
  return failureOfCode('code' in error && typeof error.code === 'string' ? error.code : '');
}

/** What an error code of Node, OpenSSL or the system says about a connection that was not made. */
export function failureOfCode(code: string): ConnectFailure {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'not_connected', cause: 'dns' };
  if (code === 'ECONNREFUSED') return { kind: 'not_connected', cause: 'refused' };
  if (code === 'ETIMEDOUT' || code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
    return { kind: 'not_connected', cause: 'timeout' };
  }
  return isTrustFault(code)
    ? { kind: 'not_trusted', code: code.replace(/[^A-Z0-9_]/g, '').slice(0, 64) }
    : { kind: 'not_connected', cause: 'other' };
}

/**
 * OpenSSL's verification codes, and Node's and OpenSSL's protocol errors. A reset or a closed
 * socket has a code of the system.
 */
function isTrustFault(code: string): boolean {
  return (
    /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED)/.test(code) ||
    /^(?:INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERROR_IN_CERT|ERROR_IN_CRL)/.test(
      code,
    )
  );
}
