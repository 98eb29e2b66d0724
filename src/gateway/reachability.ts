/*
 * Whether the gateway can be reached: name, connection, TLS handshake. Sends one HEAD request to
 * its root, without keys and without a body: no payment, and nothing that names a merchant.
 */

import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { TLSSocket } from 'node:tls';
import { definedOf } from '../domain/defined.ts';

export type UnreachableCause = 'name' | 'refused' | 'timeout' | 'tls' | 'other';

export type Reachability =
  | {
      readonly kind: 'reached';
      /** By the gateway's clock, from its Date header; absent without one. */
      readonly gatewayTimeMs?: number;
      /** When its certificate expires; absent without TLS. */
      readonly certificateEndsAt?: string;
    }
  | {
      readonly kind: 'unreachable';
      readonly cause: UnreachableCause;
      /** The system's code, e.g. `ENOTFOUND`. */
      readonly code: string;
    };

/** Tries to reach the gateway within the time. Never rejects. */
export function probeGateway(baseUrl: string, timeoutMs: number): Promise<Reachability> {
  const { protocol, origin } = new URL(baseUrl);
  return new Promise((resolve) => {
    let certificateEndsAt: string | undefined;
    const request = (protocol === 'https:' ? requestSecure : requestPlain)(`${origin}/`, {
      method: 'HEAD',
      // A new connection, so that there is a full handshake.
      agent: false,
      headers: { 'user-agent': 'cardlift' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    request.on('socket', (socket) => {
      if (!(socket instanceof TLSSocket)) return;
      socket.once('secureConnect', () => {
        const ends = Date.parse(socket.getPeerCertificate().valid_to);
        if (!Number.isNaN(ends)) certificateEndsAt = new Date(ends).toISOString();
      });
    });
    request.on('response', (response) => {
      response.resume();
      const gatewayTimeMs = Date.parse(response.headers.date ?? '');
      resolve({
        kind: 'reached',
        ...(Number.isNaN(gatewayTimeMs) ? {} : { gatewayTimeMs }),
        ...definedOf({ certificateEndsAt }),
      });
    });
    request.on('error', (error) => {
      const code = 'code' in error ? String(error.code) : error.name;
      resolve({ kind: 'unreachable', cause: causeOf(code), code });
    });
    request.end();
  });
}

function causeOf(code: string): UnreachableCause {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name';
  if (code === 'ECONNREFUSED') return 'refused';
  if (/TIMEDOUT|TimeoutError|ABORT_ERR|^23$/.test(code)) return 'timeout';
  if (/TLS|SSL|CERT|EPROTO|SELF_SIGNED|UNABLE_TO/.test(code)) return 'tls';
  return 'other';
}
