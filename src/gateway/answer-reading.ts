/*
 * From what came back on a connection to the exchange that the verdict reads. The body as HTTP frames it comes first. If it
 * has no complete object (a wrong length, a broken chunk, a head that cannot be read), every byte that arrived is searched.
 */
import type { Exchange, PaymentAnswer, SentRequest } from '../domain/exchange.ts';
import type { AnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import { decodeContent, decodeText } from './body-text.ts';
import { type JsonObject, readJsonObject } from './lenient-json.ts';
import { readPaymentAnswer } from './payment-answer.ts';
import type { HttpAnswer } from './post-once.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** So much of an answer is kept, encrypted, if it has to be read by a person. */
const rawLimitBytes = 64 * 1_024;

/** The exchange. Never throws. */
export function readExchange(answer: HttpAnswer, sent: SentRequest, redactor: AnswerRedactor): Exchange {
  const content = decodeContent(answer.body, answer.headers);
  const object = findObject(answer, content);
  const payment = object === undefined ? undefined : readPaymentAnswer(object, sent, redactor);
  const kept = content.byteLength > 0 ? content : answer.received;
  const raw = kept.byteLength === 0 ? {} : { raw: kept.subarray(0, rawLimitBytes) };
  const { status, end, headers } = answer;
  const isWhole = object?.isWhole === true;
  const isLost = !isWhole && (end === 'lost' || end === 'timeout');
  const isPayment = status !== undefined && status >= 200 && status <= 299;
  if (status === undefined || (isPayment && isLost)) {
    return {
      kind: 'no_answer',
      cause: end === 'timeout' ? 'timeout' : 'connection_lost',
      ...(payment === undefined || isEmpty(payment) ? {} : { answer: payment }),
      ...raw,
    };
  }
  const retryAfterMs = parseRetryAfterMs(headers['retry-after'], Date.now());
  const isCutOff = object !== undefined && !isWhole;
  return {
    kind: 'answered',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(payment === undefined || (isCutOff && isEmpty(payment)) ? {} : { answer: payment }),
    ...(isCutOff ? { isCutOff } : {}),
    ...raw,
  };
}

const isEmpty = (answer: PaymentAnswer): boolean => Object.keys(answer).length === 0;

/** The first complete object, or else the longest beginning of one. */
function findObject(answer: HttpAnswer, content: Buffer): JsonObject | undefined {
  const inBody = readJsonObject(decodeText(content, answer.headers));
  if (inBody?.isWhole === true || answer.end === 'complete') return inBody;
  const afterHead = bytesAfterHead(answer.received);
  const inBytes = readJsonObject(decodeText(afterHead, answer.headers));
  return inBytes?.isWhole === true ? inBytes : (inBody ?? inBytes);
}

/** What stands behind the last head of an answer; everything if there is none. */
function bytesAfterHead(received: Buffer): Buffer {
  let rest = received;
  while (rest.subarray(0, 5).toString('latin1') === 'HTTP/') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    rest = rest.subarray(end + 4);
  }
  return rest;
}
