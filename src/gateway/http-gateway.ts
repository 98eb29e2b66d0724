/*
 * A gateway over HTTP, for any provider. One POST per call: no redirect is followed and nothing is
 * retried. Once its intent exists, a request waits in the client for its own connection only.
 */
import type { RowLimits } from '../domain/row-limits.ts';
import { ambiguous, type Verdict } from '../domain/verdict.ts';
import { readExchange } from './answer-reading.ts';
import { createAnswerRedactors } from './answer-redactors.ts';
import { type AnswerRules, classifyExchange } from './classify-exchange.ts';
import { ConnectFailedError, createConnector } from './connect-phase.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { Exchange } from './exchange.ts';
import type { Gateway, GatewaySettingNames, TokenizeRequest } from './gateway.ts';
import type { GatewayApi } from './gateway-api.ts';
import type { GatewayKeys } from './gateway-keys.ts';
import { postOnce } from './post-once.ts';
import { ReusePolicy } from './reuse-policy.ts';

/** A TCP and TLS handshake takes well under a second; five leave room for a lost packet or two. */
const connectTimeoutMs = 5_000;

/**
 * How long after the time-out an answer is still read. A process that was stopped beyond its
 * time-out wakes up with the time-out due and the answer in its buffer.
 */
export const answerGraceMs = 2_000;

export interface HttpGatewayOptions {
  /** Without a trailing slash; checked by parseBaseUrl. */
  readonly baseUrl: string;
  /** What no answer may bring into a text. */
  readonly keys: GatewayKeys;
  readonly api: GatewayApi;
  readonly limits: RowLimits;
  readonly settingNames: GatewaySettingNames;
}

/** The client of one gateway. */
export function createHttpGateway(options: HttpGatewayOptions): Gateway {
  const { api, limits, settingNames } = options;
  const base = new URL(options.baseUrl);
  const basePath = base.pathname.replace(/\/+$/, '');
  const policy = new ReusePolicy();
  const nowMs = (): number => performance.now();
  const pool = createConnectionPool(createConnector(base, connectTimeoutMs), policy, nowMs);
  const redactors = createAnswerRedactors(options.keys);

  const send = async (request: TokenizeRequest): Promise<Exchange> => {
    const { row, merchantTxnRef } = request;
    const deadline = startDeadline(request.timeoutMs);
    const startedMs = nowMs();
    const { signal } = deadline;
    try {
      const connection = await pool.take();
      // In a process that was busy or stopped, the timer may not have fired yet, and others may
      // have given up on the intent meanwhile.
      if (signal.aborted || nowMs() - startedMs > Math.min(request.timeoutMs, connectTimeoutMs + 500)) {
        pool.discard(connection);
        return { kind: 'not_connected', cause: 'timeout' };
      }
      const { path, headers, body } = api.buildRequest(request);
      const answer = await postOnce(connection, {
        path: `${basePath}${path}`,
        headers: {
          host: base.host,
          ...headers,
          // A compressed answer is read all the same.
          'accept-encoding': 'identity',
          'user-agent': 'cardlift',
        },
        body,
        signal,
        onSending: request.onSending,
      });
      if (answer.end === 'complete') pool.giveBack(connection, answer.headers['keep-alive']);
      else pool.discard(connection);
      if (answer.end === 'lost' && connection.isReused && answer.received.byteLength === 0) {
        policy.cannotBeTrusted();
      }
      return readExchange(answer, { ...row, merchantTxnRef }, redactors.of(row.cardNumber), api);
    } catch (error) {
      return exchangeOfError(error);
    } finally {
      deadline.clear();
    }
  };

  return {
    limits,
    settingNames,
    async tokenize(request) {
      const exchange = await send(request);
      return { exchange, verdict: judge(exchange, api.rules) };
    },
    rememberCards: (cardNumbers) => redactors.remember(cardNumbers),
    close: async () => pool.close(),
  };
}

/**
 * Aborts when the time-out and then the grace are over. The grace's timer starts only when the
 * first one has fired.
 */
function startDeadline(timeoutMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  let timer = setTimeout(() => {
    timer = setTimeout(() => controller.abort(), answerGraceMs);
  }, timeoutMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/**
 * A defect in a provider's rules must not cost an answer: the row is `unknown`, with everything
 * kept.
 */
function judge(exchange: Exchange, rules: AnswerRules): Verdict {
  try {
    return classifyExchange(exchange, rules);
  } catch {
    return ambiguous('unknown_unreadable_answer');
  }
}

/** Only a connection that was not made proves that nothing was sent. */
function exchangeOfError(error: unknown): Exchange {
  return error instanceof ConnectFailedError
    ? error.failure
    : { kind: 'no_answer', cause: 'connection_lost' };
}
