/*
 * Answers to a charged request that a client may misread, and what each must lead to. `kept`: the
 * row is tokenized with its own token. `evidence`: the row is `unknown` with the token. `raw`: the
 * row is `unknown`, and the answer's bytes have the token. `charged`: `charged_without_token`.
 * `none`: `unknown`, and no token could be read. `any`: `unknown`, with or without a token.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { goodAnswer, type HostileRequest, httpAnswer, type Reply, tokenOf } from './hostile-gateway.ts';

export type Expected = 'kept' | 'evidence' | 'raw' | 'charged' | 'none' | 'any';

export interface HostileAnswer {
  readonly name: string;
  readonly expected: Expected;
  readonly reply: Reply;
  /** The token of a `kept` row, if it is not the gateway's usual one. */
  readonly token?: (request: HostileRequest) => string;
  /** The batch holds at once for this reason. */
  readonly hold?: string;
}

const json = (request: HostileRequest): string => JSON.stringify(goodAnswer(request));
const send =
  (make: (request: HostileRequest) => Buffer): Reply =>
  (socket, request) => {
    socket.write(make(request));
  };
const withBody = (make: (request: HostileRequest) => string | Buffer | object, headers = {}): Reply =>
  send((request) => httpAnswer(201, make(request), headers));
const withStatus = (status: number, headers = {}): Reply =>
  send((request) => httpAnswer(status, goodAnswer(request), headers));
const withToken = (token: (request: HostileRequest) => unknown): Reply =>
  withBody((request) => goodAnswer(request, { transaction: { stored_payment_method_id: token(request) } }));
const noToken = { stored_payment_method_id: undefined };

type Body = (request: HostileRequest) => string | Buffer | object;

/** Bodies that a reader of one plain object does not understand, but that report a payment. */
const unlikelyBodies: readonly (readonly [name: string, bodyOf: Body, headers?: Record<string, string>])[] = [
  ['a payment in a JSON text', (r) => JSON.stringify(json(r))],
  ['a payment after another object', (r) => `{"status":"processing"}\n${json(r)}`],
  ['a payment after braces in a text', (r) => `<style>a{b:c}</style>${json(r)}`],
  ['a payment as the second of a list', (r) => [{ status: 'processing' }, goodAnswer(r)]],
  ['a payment without a token in a wrapper', (r) => ({ data: goodAnswer(r, { transaction: noToken }) })],
  [
    'a section twice',
    (r) => json(r).replace(/}$/, ',"transaction_details":{},"gateway_response":{},"success":null}'),
  ],
  ['a token in a list', () => ({ transaction_details: { stored_payment_method_id: ['pm_1'] } })],
  ['a token in an object', () => ({ transaction_details: { stored_payment_method_id: { id: 'pm_1' } } })],
  ['a paid code with blanks', () => ({ gateway_response: { code: ' INFO0000\n' } })],
  ['a wrong charset', (r) => json(r), { 'content-type': 'application/json; charset=utf-16' }],
  ['a wrong content encoding', (r) => gzipSync(json(r)), { 'content-encoding': 'br' }],
  [
    'an encoding that is not known',
    () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]),
    { 'content-encoding': 'zstd' },
  ],
  ['the beginning of an object', () => '{"success":tr'],
  ['a payment in XML', () => '<r><stored_payment_method_id>pm_1</stored_payment_method_id></r>'],
];

const statuses: readonly HostileAnswer[] = [
  ...[300, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 412, 422, 500, 502, 504].map(
    (status): HostileAnswer => ({
      name: `HTTP ${status} with a payment in its body`,
      expected: 'evidence',
      reply: withStatus(status, { location: 'http://127.0.0.1:1/' }),
    }),
  ),
  ...[425, 429, 503].map(
    (status): HostileAnswer => ({
      name: `HTTP ${status} with Retry-After and a payment in its body`,
      expected: 'evidence',
      reply: withStatus(status, { 'retry-after': '0' }),
    }),
  ),
  ...unlikelyBodies.map(
    ([name, bodyOf, headers = {}]): HostileAnswer => ({
      name: `HTTP 429 with Retry-After and ${name}`,
      expected: 'any',
      reply: send((request) => httpAnswer(429, bodyOf(request), { 'retry-after': '0', ...headers })),
    }),
  ),
  { name: 'HTTP 202 with a payment in its body', expected: 'kept', reply: withStatus(202) },
  {
    name: 'HTTP 400 with a payment and no token',
    expected: 'none',
    reply: send((request) => httpAnswer(400, goodAnswer(request, { transaction: noToken }))),
  },
];

const bodies: readonly HostileAnswer[] = [
  {
    name: 'gzip',
    expected: 'kept',
    reply: withBody((r) => gzipSync(json(r)), { 'content-encoding': 'gzip' }),
  },
  { name: 'gzip that no header names', expected: 'kept', reply: withBody((r) => gzipSync(json(r))) },
  {
    name: 'gzip that a header names and the body is not',
    expected: 'kept',
    reply: withBody(json, { 'content-encoding': 'gzip' }),
  },
  {
    name: 'deflate',
    expected: 'kept',
    reply: withBody((r) => deflateSync(json(r)), { 'content-encoding': 'deflate' }),
  },
  {
    name: 'deflate without its header',
    expected: 'kept',
    reply: withBody((r) => deflateRawSync(json(r)), { 'content-encoding': 'deflate' }),
  },
  {
    name: 'brotli',
    expected: 'kept',
    reply: withBody((r) => brotliCompressSync(json(r)), { 'content-encoding': 'br' }),
  },
  {
    name: 'gzip in brotli',
    expected: 'kept',
    reply: withBody((r) => brotliCompressSync(gzipSync(json(r))), { 'content-encoding': 'gzip, br' }),
  },
  {
    name: 'gzip of half a gigabyte',
    expected: 'none',
    reply: withBody(() => gzipSync(Buffer.alloc(5e8, ' '), { level: 1 }), { 'content-encoding': 'gzip' }),
  },
  { name: 'a byte order mark', expected: 'kept', reply: withBody((r) => `\uFEFF${json(r)}`) },
  { name: 'white space around', expected: 'kept', reply: withBody((r) => `\r\n\t ${json(r)} \r\n\r\n`) },
  {
    name: 'UTF-16 with its mark and charset',
    expected: 'kept',
    reply: withBody((r) => Buffer.from(`\uFEFF${json(r)}`, 'utf16le'), {
      'content-type': 'application/json; charset=utf-16',
    }),
  },
  {
    name: 'UTF-16 without a mark or charset',
    expected: 'kept',
    reply: withBody((r) => Buffer.from(json(r), 'utf16le')),
  },
  {
    name: 'raw control characters in a text',
    expected: 'kept',
    reply: withBody((r) => json(r).replace('Payment', 'Pay\r\n\u0001ment')),
  },
  { name: 'NaN in a field', expected: 'kept', reply: withBody((r) => json(r).replace('"VISA"', 'NaN')) },
  { name: 'text after the object', expected: 'kept', reply: withBody((r) => `${json(r)}<!-- ok -->`) },
  { name: 'the object in an array', expected: 'evidence', reply: withBody((r) => [goodAnswer(r)]) },
  {
    name: 'a section as an array',
    expected: 'evidence',
    reply: withBody((r) => {
      const answer = goodAnswer(r) as { transaction_details: object };
      return { ...answer, transaction_details: [answer.transaction_details] };
    }),
  },
  {
    name: 'keys that name prototypes',
    expected: 'kept',
    reply: withBody((r) =>
      json(r).replace('{', '{"__proto__":{"success":false},"constructor":{"prototype":{"success":false}},'),
    ),
  },
  {
    name: 'ten megabytes',
    expected: 'evidence',
    reply: withBody((r) => ({ ...goodAnswer(r), padding: 'x'.repeat(1e7) })),
  },
  {
    name: 'nesting without end',
    expected: 'evidence',
    reply: withBody((r) => json(r).replace(/}$/, `,"deep":${'['.repeat(2e6)}`)),
  },
  {
    name: 'success as the text "true"',
    expected: 'kept',
    reply: withBody((r) => goodAnswer(r, { top: { success: 'true' } })),
  },
  {
    name: 'success missing',
    expected: 'kept',
    reply: withBody((r) => goodAnswer(r, { top: { success: undefined } })),
  },
  {
    name: 'success false',
    expected: 'evidence',
    reply: withBody((r) => goodAnswer(r, { top: { success: false } })),
  },
  {
    name: 'a page of HTML',
    expected: 'none',
    reply: withBody(() => '<html>Payment Successful</html>', { 'content-type': 'text/html' }),
  },
  {
    name: 'a paid answer with a link and no token',
    expected: 'charged',
    reply: withBody((r) =>
      goodAnswer(r, { top: { url: 'https://gw.example/receipt' }, transaction: noToken }),
    ),
  },
  {
    name: 'success with a link and nothing else',
    expected: 'none',
    reply: withBody(() => ({ success: true, redirect_url: 'https://bank.example/3ds' })),
  },
];

const framing: readonly HostileAnswer[] = [
  {
    name: 'an unsolicited 100 Continue',
    expected: 'kept',
    reply: async (socket, r) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      await delay(20);
      socket.write(httpAnswer(201, json(r)));
    },
  },
  {
    name: '102 and 103 before the answer',
    expected: 'kept',
    reply: send((r) =>
      Buffer.concat([
        Buffer.from('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
        httpAnswer(201, json(r)),
      ]),
    ),
  },
  {
    name: 'a change of protocols before the answer',
    expected: 'evidence',
    reply: send((r) =>
      Buffer.concat([
        Buffer.from('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
        httpAnswer(201, json(r)),
      ]),
    ),
  },
  {
    name: 'a Content-Length that is too long, and nothing more',
    expected: 'kept',
    reply: send((r) => httpAnswer(201, json(r), { 'content-length': String(json(r).length + 10) })),
  },
  {
    name: 'a Content-Length that is too long, and the end of the connection',
    expected: 'kept',
    reply: (socket, r) => {
      socket.end(httpAnswer(201, json(r), { 'content-length': String(json(r).length + 10) }));
    },
  },
  {
    name: 'a Content-Length that is too short',
    expected: 'kept',
    reply: send((r) => httpAnswer(201, json(r), { 'content-length': String(json(r).length - 80) })),
  },
  {
    name: 'a Content-Length that is too short, and the rest later',
    expected: 'kept',
    reply: async (socket, r) => {
      const bytes = httpAnswer(201, json(r), { 'content-length': String(json(r).length - 80) });
      socket.write(bytes.subarray(0, -80));
      await delay(30);
      socket.write(bytes.subarray(-80));
    },
  },
  {
    name: 'no length, until the end of the connection',
    expected: 'kept',
    reply: (socket, r) => {
      socket.end(httpAnswer(201, json(r), { 'content-length': null }));
    },
  },
  {
    name: 'a length and chunks',
    expected: 'kept',
    reply: send((r) => chunked(json(r), '0\r\n\r\n', 'content-length: 5\r\n')),
  },
  {
    name: 'a last chunk that is missing',
    expected: 'kept',
    reply: (socket, r) => {
      socket.end(chunked(json(r), ''));
    },
  },
  {
    name: 'a last chunk that never comes',
    expected: 'kept',
    reply: send((r) => chunked(json(r), '')),
  },
  { name: 'a broken chunk at the end', expected: 'kept', reply: send((r) => chunked(json(r), 'ZZZ\r\n')) },
  {
    name: 'HTTP/1.0',
    expected: 'kept',
    reply: (socket, r) => {
      socket.end(httpAnswer(201, json(r)).toString().replace('HTTP/1.1', 'HTTP/1.0'));
    },
  },
  {
    name: 'no head at all',
    expected: 'evidence',
    reply: (socket, r) => {
      socket.end(json(r));
    },
  },
  {
    name: 'headers of a hundred kilobytes',
    expected: 'kept',
    reply: withBody(json, { 'x-large': 'y'.repeat(100_000) }),
  },
  {
    name: 'the end of the connection within the body, after the token',
    expected: 'evidence',
    reply: (socket, r) => {
      socket.end(httpAnswer(201, json(r)).subarray(0, -1));
    },
  },
  {
    name: 'a reset within the body, before the token',
    expected: 'none',
    reply: async (socket, r) => {
      socket.write(httpAnswer(201, json(r)).subarray(0, 200));
      await delay(20);
      socket.resetAndDestroy();
    },
  },
  {
    name: 'the end of the connection without an answer',
    expected: 'none',
    reply: (socket) => void socket.end(),
  },
  {
    name: 'two answers in one packet',
    expected: 'kept',
    reply: send((r) =>
      Buffer.concat([
        httpAnswer(201, json(r)),
        httpAnswer(201, goodAnswer(r, { transaction: { stored_payment_method_id: 'pm_stale' } })),
      ]),
    ),
  },
  {
    name: 'a second answer, a little later',
    expected: 'kept',
    reply: async (socket, r) => {
      socket.write(httpAnswer(201, json(r)));
      await delay(30);
      socket.write(httpAnswer(201, goodAnswer(r, { transaction: { stored_payment_method_id: 'pm_stale' } })));
    },
  },
];

function chunked(body: string, after: string, headers = ''): Buffer {
  const size = Buffer.byteLength(body).toString(16);
  return Buffer.from(
    `HTTP/1.1 201 X\r\n${headers}transfer-encoding: chunked\r\n\r\n${size}\r\n${body}\r\n${after}`,
  );
}

const ids: readonly HostileAnswer[] = [
  {
    name: 'blanks around the token',
    expected: 'kept',
    reply: withToken((r) => `  ${tokenOf(r)}\n`),
  },
  { name: 'a blank in the token', expected: 'kept', token: () => 'pm 1', reply: withToken(() => 'pm 1') },
  {
    name: 'letters beyond ASCII in the token',
    expected: 'kept',
    token: () => '支払-é',
    reply: withToken(() => '支払-é'),
  },
  {
    name: 'a token of twenty digits as a number',
    expected: 'kept',
    token: () => '12345678901234567890',
    reply: withBody((r) => json(r).replace(`"${tokenOf(r)}"`, '12345678901234567890')),
  },
  {
    name: 'a token as a small number',
    expected: 'kept',
    token: () => '123456',
    reply: withToken(() => 123_456),
  },
  {
    name: 'a token of ten thousand characters',
    expected: 'kept',
    token: () => 'p'.repeat(10_000),
    reply: withToken(() => 'p'.repeat(10_000)),
  },
  {
    name: 'a token that begins like a formula',
    expected: 'kept',
    token: () => '=cmd(1)',
    reply: withToken(() => '=cmd(1)'),
  },
  { name: 'a token with a line break', expected: 'raw', reply: withToken((r) => `pm_a\r\nb${r.number}`) },
  { name: 'an empty token', expected: 'charged', reply: withToken(() => '') },
  { name: 'the card number as the token', expected: 'raw', reply: withToken((r) => r.body.card.number) },
  {
    name: 'the card number in base64 as the token',
    expected: 'raw',
    reply: withToken((r) => Buffer.from(r.body.card.number).toString('base64')),
  },
  {
    name: 'the card number backwards as the token',
    expected: 'raw',
    reply: withToken((r) => [...r.body.card.number].reverse().join('')),
  },
  {
    name: 'the card number in hex as the token',
    expected: 'raw',
    reply: withToken((r) => Buffer.from(r.body.card.number).toString('hex')),
  },
  {
    name: "another request's card number in the token",
    expected: 'raw',
    reply: withToken((r) => `pm-${(r.before ?? r).body.card.number}`),
  },
];

const mixedUp: readonly HostileAnswer[] = [
  {
    name: "another request's reference in both places",
    expected: 'none',
    hold: 'answers_mixed_up',
    reply: withBody((r) =>
      goodAnswer(r, {
        merchant: { merchant_txn_ref: 'another-p1-r9-n1' },
        transaction: { merchant_txn_ref: 'another-p1-r9-n1', stored_payment_method_id: 'pm_of_another' },
      }),
    ),
  },
  {
    name: "another request's reference in one place",
    expected: 'none',
    hold: 'answers_mixed_up',
    reply: withBody((r) => goodAnswer(r, { merchant: { merchant_txn_ref: 'another-p1-r9-n1' } })),
  },
  {
    name: "HTTP 429 with another request's reference",
    expected: 'none',
    hold: 'answers_mixed_up',
    reply: send((r) =>
      httpAnswer(429, goodAnswer(r, { transaction: { merchant_txn_ref: 'another-p1-r9-n1' } }), {
        'retry-after': '0',
      }),
    ),
  },
  {
    name: 'another amount',
    expected: 'kept',
    hold: 'amount_disagrees',
    reply: withBody((r) => goodAnswer(r, { payment: { amount: 100_000 } })),
  },
  {
    name: 'another currency',
    expected: 'kept',
    hold: 'amount_disagrees',
    reply: withBody((r) => goodAnswer(r, { payment: { currency: 'USD' } })),
  },
  {
    name: 'the amount with other zeros',
    expected: 'kept',
    reply: withBody((r) => goodAnswer(r, { payment: { amount: `0${r.body.amount}.00`, currency: 'jpy' } })),
  },
];

/** Every hostile answer, by kind. */
export const hostileAnswers = { statuses, bodies, framing, ids, mixedUp } as const;
