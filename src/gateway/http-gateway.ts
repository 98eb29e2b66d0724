/*
 * The gateway over HTTP. One POST a call: no redirect is followed and nothing is retried. A request waits for nothing in the
 * client after its intent was made but its own connection.
 */
import type { Exchange } from '../domain/exchange.ts';
import { readExchange } from './answer-reading.ts';
import { createAnswerRedactors } from './answer-redactors.ts';
import { ConnectFailedError, createConnector } from './connect-phase.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { Gateway } from './gateway.ts';
import type { GatewayKeys } from './key-removal.ts';
import { buildPaymentRequest, paymentPath } from './payment-request.ts';
import { postOnce } from './post-once.ts';
import { ReusePolicy } from './reuse-policy.ts';

/** A TCP and TLS handshake takes well under a second; five leave room for a lost packet or two. */
const connectTimeoutMs = 5_000;

/**
 * After the time-out the answer is still read for so long: a process that was stopped beyond its time-out wakes with the
 * time-out due and the answer in its buffer.
 */
export const answerGraceMs = 2_000;

export interface HttpGatewayOptions extends GatewayKeys {
  /** Without a slash at its end; checked by parseBaseUrl. */
  readonly baseUrl: string;
}

/** The client of one gateway. */
export function createHttpGateway(options: HttpGatewayOptions): Gateway {
  const base = new URL(options.baseUrl);
  const policy = new ReusePolicy();
  const nowMs = (): number => performance.now();
  const pool = createConnectionPool(createConnector(base, connectTimeoutMs), policy, nowMs);
  const redactors = createAnswerRedactors(options);
  const path = `${base.pathname.replace(/\/+$/, '')}${paymentPath}`;
  const headers = {
    host: base.host,
    authorization: options.authorization,
    'x-api-key': options.apiKey,
    'content-type': 'application/json',
    accept: 'application/json',
    // What is compressed all the same is still read.
    'accept-encoding': 'identity',
    'user-agent': 'cardlift',
  };

  return {
    async tokenize(request) {
      const { row, merchantId, merchantTxnRef } = request;
      const deadline = startDeadline(request.timeoutMs);
      const startedMs = nowMs();
      const { signal } = deadline;
      try {
        const connection = await pool.take();
        // In a process that was busy or stopped the timer may not have fired yet: its intent may have been given up meanwhile.
        if (signal.aborted || nowMs() - startedMs > Math.min(request.timeoutMs, connectTimeoutMs + 500)) {
          pool.discard(connection);
          return { kind: 'not_connected', cause: 'timeout' };
        }
        const body = JSON.stringify(buildPaymentRequest(row, merchantId, merchantTxnRef));
        const answer = await postOnce(connection, {
          path,
          headers,
          body,
          signal,
          onSending: request.onSending,
        });
        if (answer.end === 'complete') pool.giveBack(connection, answer.headers['keep-alive']);
        else pool.discard(connection);
        if (answer.end === 'lost' && connection.isReused && answer.received.byteLength === 0) {
          policy.cannotBeTrusted();
        }
        return readExchange(answer, { ...row, merchantTxnRef }, redactors.of(row.cardNumber));
      } catch (error) {
        return exchangeOfError(error);
      } finally {
        deadline.clear();
      }
    },
    rememberCards: (cardNumbers) => redactors.remember(cardNumbers),
    close: async () => pool.close(),
  };
}

/** Aborts when the time-out and then the grace are over; the grace's timer starts only when the first has fired. */
function startDeadline(timeoutMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  let timer = setTimeout(() => {
    timer = setTimeout(() => controller.abort(), answerGraceMs);
  }, timeoutMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** Only a connection that was not made proves that nothing was sent. */
function exchangeOfError(error: unknown): Exchange {
  return error instanceof ConnectFailedError
    ? error.failure
    : { kind: 'no_answer', cause: 'connection_lost' };
}
