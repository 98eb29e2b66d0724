/*
 * From what came back on a connection to the exchange that the verdict reads. The body as HTTP
 * frames it comes first. If it has no complete object (a wrong length, a broken chunk, a head that
 * cannot be read), every byte that arrived is searched.
 */
import { definedOf } from '../domain/defined.ts';
import type { AnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import { redactAnswer } from './answer-fields.ts';
import { decodeContent, decodeText } from './body-text.ts';
import { hasEvidence } from './classify-exchange.ts';
import type { Exchange, PaymentAnswer, SentRequest } from './exchange.ts';
import type { GatewayApi } from './gateway-api.ts';
import { type JsonObject, readJsonObject } from './lenient-json.ts';
import { hasPaymentSign } from './payment-signs.ts';
import type { HttpAnswer } from './post-once.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** How much of an answer is kept, encrypted, in case a person has to read it. */
const rawLimitBytes = 64 * 1_024;

type AnswerApi = Pick<GatewayApi, 'findAnswer' | 'paymentSigns' | 'rules'>;

/** The exchange. Never throws: if the provider's part does, the bytes are kept for a person. */
export function readExchange(
  answer: HttpAnswer,
  sent: SentRequest,
  redactor: AnswerRedactor,
  api: AnswerApi,
): Exchange {
  try {
    return readWithProvider(answer, sent, redactor, api);
  } catch {
    const { status, received } = answer;
    const raw = withoutKeys(received, redactor);
    return status === undefined
      ? { kind: 'no_answer', cause: 'connection_lost', raw }
      : { kind: 'answered', status, mayHoldEvidence: true, raw };
  }
}

function readWithProvider(
  answer: HttpAnswer,
  sent: SentRequest,
  redactor: AnswerRedactor,
  api: AnswerApi,
): Exchange {
  const content = decodeContent(answer.body, answer.headers);
  const object = findObject(answer, content);
  const payment = object === undefined ? undefined : redactAnswer(api.findAnswer(object), sent, redactor);
  const kept = content.byteLength > 0 ? content : answer.received;
  const raw = kept.byteLength === 0 ? {} : { raw: withoutKeys(kept, redactor) };
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
  // An answer that could not be decoded, is partial, or speaks of a payment elsewhere does not
  // prove that nothing was paid.
  const isUndecoded =
    (payment === undefined || isEmpty(payment)) && content === answer.body && isEncoded(answer);
  const mayHoldEvidence =
    (payment === undefined || !hasEvidence(payment, api.rules)) &&
    (isCutOff ||
      isUndecoded ||
      hasPaymentSign([content, answer.received], api.paymentSigns, payment?.success === false));
  return {
    kind: 'answered',
    status,
    ...definedOf({ retryAfterMs }),
    ...(payment === undefined || (isCutOff && isEmpty(payment)) ? {} : { answer: payment }),
    ...(isCutOff ? { isCutOff } : {}),
    ...(mayHoldEvidence ? { mayHoldEvidence } : {}),
    ...raw,
  };
}

/** `show` prints these bytes. It knows the row's card, but not the keys. */
function withoutKeys(bytes: Buffer, redactor: AnswerRedactor): Buffer {
  return Buffer.from(redactor.withoutKeys(bytes.toString('latin1')), 'latin1').subarray(0, rawLimitBytes);
}

const isEncoded = ({ body, headers }: HttpAnswer): boolean =>
  body.byteLength > 0 && !/^\s*(?:identity)?\s*$/i.test(headers['content-encoding'] ?? '');

const isEmpty = (answer: PaymentAnswer): boolean => Object.keys(answer).length === 0;

/** The first complete object, or else the longest beginning of one. */
function findObject(answer: HttpAnswer, content: Buffer): JsonObject | undefined {
  const inBody = readJsonObject(decodeText(content, answer.headers));
  if (inBody?.isWhole === true || answer.end === 'complete') return inBody;
  const afterHead = bytesAfterHead(answer.received);
  const inBytes = readJsonObject(decodeText(afterHead, answer.headers));
  return inBytes?.isWhole === true ? inBytes : (inBody ?? inBytes);
}

/** What follows the last head of an answer; everything if there is no head. */
function bytesAfterHead(received: Buffer): Buffer {
  let rest = received;
  while (rest.subarray(0, 5).toString('latin1') === 'HTTP/') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    rest = rest.subarray(end + 4);
  }
  return rest;
}
