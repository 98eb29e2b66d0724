import { Agent, type Dispatcher } from 'undici';
import type { Exchange, PaymentAnswer } from '../domain/exchange.ts';
import { ConnectFailedError, createMarkedConnector } from './connect-phase.ts';
import type { Gateway, TokenizeRequest } from './gateway.ts';
import { createKeyRemover, type GatewayKeys } from './key-removal.ts';
import { readErrorText, readPaymentAnswer } from './payment-answer.ts';
import { buildPaymentRequest, paymentPath } from './payment-request.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import { withSendNotice } from './send-notice.ts';

/** A TCP and TLS handshake takes well under a second; five leave room for a lost packet or two. */
const connectTimeoutMs = 5_000;

/**
 * Idle connections are closed by us after this: sooner than any server does (5 s and up), since a request written to a
 * connection that the server is closing is lost after sending, and its row would end unknown.
 */
const idleTimeoutMs = 1_000;

/**
 * After the time-out the answer is still read for so long: a process that was stopped beyond its time-out wakes with the
 * time-out due and the answer in its buffer.
 */
export const answerGraceMs = 2_000;

/** The answers are about 2 kB; what is larger is not one. */
const bodyLimitBytes = 1_000_000;

export interface HttpGatewayOptions extends GatewayKeys {
  /** Without a slash at its end; checked by parseBaseUrl. */
  readonly baseUrl: string;
}

/**
 * The gateway over HTTP. One POST a call: no redirect is followed, nothing is retried, and connections are pooled without
 * a limit (each lane has at most one), so that no request waits in the client after its note was made.
 */
export function createHttpGateway(options: HttpGatewayOptions): Gateway {
  const agent = new Agent({
    connect: createMarkedConnector(connectTimeoutMs),
    connections: null,
    pipelining: 1,
    keepAliveTimeout: idleTimeoutMs,
    keepAliveMaxTimeout: idleTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const base = new URL(options.baseUrl);
  const path = `${base.pathname.replace(/\/+$/, '')}${paymentPath}`;
  const headers = {
    authorization: options.authorization,
    'x-api-key': options.apiKey,
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'cardlift',
  };
  const removeKeys = createKeyRemover(options);

  return {
    async tokenize(request) {
      const deadline = startDeadline(request.timeoutMs);
      try {
        const body = JSON.stringify(
          buildPaymentRequest(request.row, request.merchantId, request.merchantTxnRef),
        );
        const { signal } = deadline;
        const response = await withSendNotice(request.onSending, () =>
          agent.request({ origin: base.origin, path, method: 'POST', headers, body, signal }),
        );
        return await readExchange(response, request, removeKeys);
      } catch (error) {
        return classifyError(error, deadline.signal.aborted);
      } finally {
        deadline.clear();
      }
    },
    close: () => agent.destroy(),
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

function classifyError(error: unknown, isTimedOut: boolean): Exchange {
  if (error instanceof ConnectFailedError) {
    return { kind: 'not_connected', cause: error.failure };
  }
  return { kind: 'no_answer', cause: isTimedOut ? 'timeout' : 'connection_lost' };
}

async function readExchange(
  response: Dispatcher.ResponseData,
  { row }: TokenizeRequest,
  removeKeys: (text: string) => string,
): Promise<Exchange> {
  const status = response.statusCode;
  const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], Date.now());
  const isPayment = status === 200 || status === 201;
  let body: string | undefined;
  try {
    body = await readBody(response);
  } catch (error) {
    // The status alone settles the others; a payment's answer without its body settles nothing.
    if (isPayment) throw error;
  }
  const answer = body === undefined ? undefined : readPaymentAnswer(body, row.cardNumber, removeKeys);
  return {
    kind: 'answered',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...withAnswer(
      isPayment || body === undefined ? answer : withErrorText(answer, readErrorText(body, removeKeys)),
    ),
  };
}

function withAnswer(answer: PaymentAnswer | undefined): { answer?: PaymentAnswer } {
  return answer === undefined ? {} : { answer };
}

function withErrorText(
  answer: PaymentAnswer | undefined,
  text: string | undefined,
): PaymentAnswer | undefined {
  return text === undefined ? answer : { ...answer, gatewayMessage: answer?.gatewayMessage ?? text };
}

async function readBody(response: Dispatcher.ResponseData): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response.body as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > bodyLimitBytes) {
      response.body.destroy();
      return undefined;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
