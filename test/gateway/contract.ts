/*
 * What the gateway of every provider must do. A provider's test file calls describeGatewayContract
 * with its answers and its fake server. What is special to its codes is tested in that file.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { suite, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { errorCodeEntry } from '../../src/domain/error-codes.ts';
import type { SendableRow } from '../../src/domain/staged-row.ts';
import { merchantTxnRefMaxLength } from '../../src/domain/txn-ref.ts';
import type { FinalVerdict } from '../../src/domain/verdict.ts';
import { redactAnswer } from '../../src/gateway/answer-fields.ts';
import { createAnswerRedactors } from '../../src/gateway/answer-redactors.ts';
import { classifyExchange } from '../../src/gateway/classify-exchange.ts';
import type { Tokenization } from '../../src/gateway/gateway.ts';
import { readJsonObject } from '../../src/gateway/lenient-json.ts';
import { openGateway } from '../../src/gateway/open-gateway.ts';
import type { Provider } from '../../src/gateway/provider.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { createSendableRow } from '../support/batches.ts';
import { findClosedPort, readRequestBody, startHttpServer } from '../support/tcp-servers.ts';
import { withoutRaw } from './exchanges.ts';

/** The content of one request, as its provider's server reads it. */
export interface ReadRequest {
  readonly merchantTxnRef: string;
  readonly amount: string;
  readonly currency: string;
  readonly cardNumber: string;
}

/**
 * What differs from the answer to a successful payment. `undefined`: the answer lacks the field.
 */
export interface AnswerChanges {
  readonly merchantTxnRef?: string;
  readonly amount?: string;
  readonly token?: string | undefined;
  readonly transactionId?: string;
  readonly message?: string;
}

/** An HTTP answer with a JSON body. */
export interface JsonReply {
  readonly status: number;
  readonly body: object;
}

/** A provider, with what the contract needs to play its gateway. */
export interface ContractSubject {
  readonly provider: Provider;
  readonly keys: Readonly<Record<string, string>>;
  readRequest(body: string, headers: IncomingHttpHeaders): ReadRequest;
  paid(request: ReadRequest, changes?: AnswerChanges): JsonReply;
  declined(request: ReadRequest): JsonReply;
  /**
   * Starts a server that checks every request against the provider's documentation, and charges.
   */
  startFake(t: TestContext): Promise<{ readonly baseUrl: string; charges(): number }>;
}

const timeoutMs = 400;
const token = 'tok-8f2c';
const transactionId = 'pay-71aa';
const sentRow = createSendableRow(1);
const merchantTxnRef = 'abcdefghijkl-p1-r1-n1';
const sent: ReadRequest = {
  merchantTxnRef,
  amount: sentRow.amount,
  currency: sentRow.currency,
  cardNumber: sentRow.cardNumber,
};

type Answer = JsonReply | 'close' | 'hang' | { readonly status: number; readonly text: string };

/** Runs the contract. The provider's name begins each test's name. */
export function describeGatewayContract(subject: ContractSubject): void {
  suite(`${subject.provider.name}: what an answer means`, () => describeAnswers(subject));
  suite(`${subject.provider.name}: what leaves and what stays`, () => describeBoundaries(subject));
}

/** Sends one row to a server that gives the answer. Never more than one POST arrives. */
async function sendTo(
  t: TestContext,
  subject: ContractSubject,
  answer: Answer | ((request: ReadRequest) => Answer),
  headers: Readonly<Record<string, string>> = {},
): Promise<Tokenization & { readonly request: ReadRequest | undefined }> {
  const requests: ReadRequest[] = [];
  const { port } = await startHttpServer(t, async (request, response) => {
    assert.equal(request.method, 'POST');
    const read = subject.readRequest(await readRequestBody(request), request.headers);
    requests.push(read);
    const reply = typeof answer === 'function' ? answer(read) : answer;
    if (reply === 'hang') await once(response, 'close');
    else if (reply === 'close') request.socket.destroy();
    else {
      const body = 'text' in reply ? reply.text : JSON.stringify(reply.body);
      response.writeHead(reply.status, { 'content-type': 'application/json', ...headers }).end(body);
    }
  });
  const gateway = openGateway(subject.provider, `http://127.0.0.1:${port}`, subject.keys);
  t.after(() => gateway.close());
  const result = await gateway.tokenize({ row: sentRow, merchantId: 'merchant', merchantTxnRef, timeoutMs });
  assert.equal(requests.length, 1, 'one POST per call');
  assert.deepEqual(requests, [sent]);
  return { ...result, request: requests[0] };
}

function finalOf({ verdict }: Tokenization): FinalVerdict {
  assert.ok(verdict.kind === 'final', JSON.stringify(verdict));
  return verdict;
}

/** The program can never send the row again. */
function assertNotResent(result: Tokenization): void {
  const { outcome, errorCode } = finalOf(result);
  if (errorCode !== undefined) assert.match(errorCodeEntry(errorCode).resend, /^(?:never|resolve)$/, outcome);
}

const idsOf = ({ exchange }: Tokenization): (string | undefined)[] => {
  const answer = 'answer' in exchange ? exchange.answer : undefined;
  return [answer?.storedPaymentMethodId, answer?.transactionId];
};

function describeAnswers(subject: ContractSubject): void {
  const paid = (changes?: AnswerChanges) => (request: ReadRequest) =>
    subject.paid(request, { token, transactionId, ...changes });

  test('a success with its token is tokenized and charged, and both ids are kept', async (t) => {
    const result = await sendTo(t, subject, paid());
    assert.deepEqual(finalOf(result), {
      kind: 'final',
      outcome: 'tokenized',
      counts: 'definite',
      isCharged: true,
    });
    assert.deepEqual(idsOf(result), [token, transactionId]);
  });

  test('a decline ends declined, and reports that nothing was charged', async (t) => {
    const { outcome, isCharged, errorCode } = finalOf(await sendTo(t, subject, subject.declined));
    assert.deepEqual([outcome, isCharged], ['declined', undefined]);
    assert.ok(errorCode !== undefined && errorCodeEntry(errorCode).outcome === 'declined');
  });

  test('a success without its token was charged, and is never sent again', async (t) => {
    const result = await sendTo(t, subject, paid({ token: undefined }));
    assert.deepEqual([finalOf(result).outcome, finalOf(result).isCharged], ['charged_without_token', true]);
    assertNotResent(result);
  });

  for (const status of [302, 400, 401, 404, 429, 500, 502, 503]) {
    test(`evidence of a payment under HTTP ${status} outranks the status: unknown, and everything is kept`, async (t) => {
      const answer = (request: ReadRequest) => ({ ...paid()(request), status });
      const result = await sendTo(t, subject, answer, { 'retry-after': '1' });
      assert.deepEqual(
        [finalOf(result).outcome, finalOf(result).errorCode],
        ['unknown', 'unknown_contradiction'],
      );
      assert.deepEqual(idsOf(result), [token, transactionId]);
      assertNotResent(result);
    });
  }

  for (const status of [425, 429, 503]) {
    test(`HTTP ${status} with Retry-After was certainly not processed`, async (t) => {
      const { verdict } = await sendTo(t, subject, { status, text: '' }, { 'retry-after': '7' });
      assert.deepEqual(verdict, { kind: 'not_processed', cause: `HTTP ${status}`, retryAfterMs: 7_000 });
    });
  }

  test('a connection that was refused was certainly not processed', async (t) => {
    const baseUrl = `http://127.0.0.1:${await findClosedPort()}`;
    const gateway = openGateway(subject.provider, baseUrl, subject.keys);
    t.after(() => gateway.close());
    const request = { row: sentRow, merchantId: 'merchant', merchantTxnRef, timeoutMs };
    assert.equal((await gateway.tokenize(request)).verdict.kind, 'not_processed');
  });

  for (const status of [301, 307, 401, 403, 405]) {
    test(`HTTP ${status} means a wrong set-up, and no redirect is followed`, async (t) => {
      const target = await startHttpServer(t, () => assert.fail('the redirect was followed'));
      const location = `http://127.0.0.1:${target.port}/`;
      const { verdict } = await sendTo(t, subject, { status, text: '' }, { location });
      assert.deepEqual(verdict, { kind: 'set_up_wrong', fault: { kind: 'status', status } });
    });
  }

  for (const [what, answer] of [
    ['a connection that is lost after the request', 'close'],
    ['no answer in time', 'hang'],
    ['HTTP 200 with text that is no JSON', { status: 200, text: '<html>OK</html>' }],
    ['HTTP 200 with an empty object', { status: 200, text: '{}' }],
    ['HTTP 200 without a body', { status: 200, text: '' }],
    ['HTTP 303', { status: 303, text: '' }],
    ['HTTP 500', { status: 500, text: '' }],
    ['HTTP 503 without Retry-After', { status: 503, text: '' }],
  ] as const) {
    test(`${what} leaves it open whether the card was charged`, async (t) => {
      const result = await sendTo(t, subject, answer);
      assert.deepEqual([finalOf(result).outcome, finalOf(result).counts], ['unknown', 'ambiguous']);
      assertNotResent(result);
    });
  }

  test('an answer that names another request leaves the row unknown, and the batch holds', async (t) => {
    const result = await sendTo(t, subject, paid({ merchantTxnRef: 'abcdefghijkl-p1-r2-n1' }));
    assert.deepEqual([finalOf(result).outcome, finalOf(result).holds], ['unknown', 'answers_mixed_up']);
    const { exchange } = result;
    const answer = exchange.kind === 'answered' ? exchange.answer : undefined;
    assert.deepEqual(answer?.foreignRefs, ['abcdefghijkl-p1-r2-n1']);
  });

  test('another amount than was requested keeps the token, and the batch holds', async (t) => {
    const result = await sendTo(t, subject, paid({ amount: '999' }));
    assert.deepEqual([finalOf(result).outcome, finalOf(result).holds], ['tokenized', 'amount_disagrees']);
    assert.deepEqual(idsOf(result), [token, transactionId]);
  });

  test('no status and no answer of the provider beyond the allow-list lets a row be sent again', () => {
    const api = subject.provider.createApi(subject.keys);
    const redactor = createAnswerRedactors(subject.keys).of(sentRow.cardNumber);
    const bodies = [
      paid()(sent).body,
      paid({ token: undefined })(sent).body,
      subject.declined(sent).body,
      {},
    ];
    const notProcessed = new Set([301, 302, 307, 308, 401, 403, 404, 405, 425, 429]);
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.constantFrom(...bodies),
        fc.option(fc.nat(10_000), { nil: undefined }),
        (status, body, retryAfterMs) => {
          const object = readJsonObject(JSON.stringify(body));
          assert.ok(object !== undefined);
          const verdict = classifyExchange(
            {
              kind: 'answered',
              status,
              ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
              answer: redactAnswer(api.findAnswer(object), sent, redactor),
            },
            api.rules,
          );
          if (verdict.kind === 'final') return;
          assert.ok(notProcessed.has(status) || (status === 503 && retryAfterMs !== undefined), `${status}`);
          assert.ok(body === bodies[2] || body === bodies[3], 'an answer with evidence');
        },
      ),
      { numRuns: 2_000 },
    );
  });
}

function describeBoundaries(subject: ContractSubject): void {
  const { provider, keys } = subject;
  const { cardNumber } = sentRow;

  for (const [what, changes] of [
    ['its message', { message: `Bad card ${cardNumber.replace(/(.{4})/g, '$1 ')}` }],
    ['its transaction id', { transactionId: `pay-${cardNumber}` }],
    ['its token', { token: `tok-${cardNumber}` }],
    ['a reference', { merchantTxnRef: cardNumber }],
  ] as const) {
    test(`a card number in ${what} is in no returned value`, async (t) => {
      const answer = (request: ReadRequest) => subject.paid(request, { token, transactionId, ...changes });
      const { exchange, verdict } = await sendTo(t, subject, answer);
      const kept = JSON.stringify([withoutRaw(exchange), verdict]).replace(/[^\d]/g, '');
      assert.ok(!kept.includes(cardNumber.slice(0, 12)), kept);
    });
  }

  test('a key that the answer repeats is in no returned value, the kept bytes included', async (t) => {
    for (const key of Object.values(keys)) {
      const answer = (request: ReadRequest) => ({
        ...subject.paid(request, { token, transactionId, message: `Wrong key ${key}` }),
        status: 401,
      });
      const { exchange, verdict } = await sendTo(t, subject, answer);
      const raw = 'raw' in exchange ? Buffer.from(exchange.raw ?? []).toString('utf8') : '';
      assert.ok(raw.length > 0);
      assert.ok(!`${raw} ${JSON.stringify([withoutRaw(exchange), verdict])}`.includes(key));
    }
  });

  test('the longest row that validation accepts, and the longest reference, are accepted', async (t) => {
    const fake = await subject.startFake(t);
    const gateway = openGateway(provider, fake.baseUrl, keys);
    t.after(() => gateway.close());
    assert.ok(provider.maxMerchantTxnRefCharacters >= merchantTxnRefMaxLength);
    for (const [row, ref] of [
      [longestRow(provider), 'a'.repeat(merchantTxnRefMaxLength)],
      [sentRow, merchantTxnRef],
    ] as const) {
      const result = await gateway.tokenize({
        row,
        merchantId: 'merchant',
        merchantTxnRef: ref,
        timeoutMs: 5_000,
      });
      assert.equal(finalOf(result).outcome, 'tokenized', JSON.stringify(withoutRaw(result.exchange)));
    }
    assert.equal(fake.charges(), 2);
  });

  test('wrong keys are the set-up’s fault, and nothing is charged', async (t) => {
    const fake = await subject.startFake(t);
    for (const name of Object.keys(keys)) {
      const gateway = openGateway(provider, fake.baseUrl, { ...keys, [name]: 'a wrong key' });
      t.after(() => gateway.close());
      const request = { row: sentRow, merchantId: 'merchant', merchantTxnRef, timeoutMs: 5_000 };
      assert.equal((await gateway.tokenize(request)).verdict.kind, 'set_up_wrong', name);
    }
    assert.equal(fake.charges(), 0);
  });

  test('a gateway cannot be opened without all of its keys, and the error names the missing one', () => {
    for (const name of Object.keys(provider.settings.keys)) {
      const { [name]: _, ...rest } = keys;
      assert.throws(() => openGateway(provider, 'http://127.0.0.1:1', rest), {
        name: 'GatewaySettingError',
        message: new RegExp(name),
      });
    }
  });
}

/** A row with every field at the provider's maximum length. */
function longestRow({ limits: { maxCharacters, maxCardNumberDigits } }: Provider): SendableRow {
  const { cardholder_name, time_zone, ...addressLengths } = maxCharacters;
  const fields = Object.entries(addressLengths).map(([field, length]) => [field, '漢'.repeat(length)]);
  const address = { country: 'JP', ...Object.fromEntries(fields) };
  return createSendableRow(2, {
    cardNumber: maxCardNumberDigits === 19 ? '6759560045005727054' : generatedCardNumber(2),
    cardholderName: '漢'.repeat(cardholder_name),
    timeZone: '漢'.repeat(time_zone),
    customerIp: '2001:db8::1',
    billing: address,
    shipping: address,
  });
}
