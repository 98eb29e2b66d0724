/*
 * Example Vault's server. It checks every request as its documentation would say, and the row's
 * amount chooses the answer. It shares no code with the client.
 */
import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { readRequestBody, startHttpServer } from '../../support/tcp-servers.ts';

export const fakeKeys = {
  EXAMPLE_VAULT_MERCHANT_KEY: 'mk-7d1e-44a0-98bc',
  EXAMPLE_VAULT_SIGNING_SECRET: 'whisper-0f9a2c',
} as const;

/** What the vault does with a request of this amount. It approves any other amount. */
export const amountOf = {
  hardDecline: '1005',
  softDecline: '1051',
  challenge: '1070',
  busyAtFirst: '1029',
  lostAnswer: '1099',
  chargedUnder500: '1500',
} as const;

export interface Charge {
  readonly reference: string;
  readonly value: string;
  readonly token: string;
}

const fields = [
  'reference',
  'shop',
  'value',
  'unit',
  'pan',
  'valid_until',
  'holder',
  'post_code',
  'keep_card',
];

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts the vault on a free port; it ends with the test. */
export async function startFakeVault(t: Pick<TestContext, 'after'>) {
  const charges: Charge[] = [];
  const references: string[] = [];
  const { port } = await startHttpServer(t, async (request, response) => {
    const body = await readRequestBody(request);
    const reply = request.method === 'HEAD' ? { status: 200, body: {} } : answerRequest(request, body);
    if (reply === 'lost') request.socket.destroy();
    else writeReply(response, reply);
  });

  function answerRequest(request: IncomingMessage, body: string): Reply | 'lost' {
    if (!isSigned(request, body)) return { status: 401, body: { reason_text: 'Wrong key or signature' } };
    const form = new URLSearchParams(body);
    if (!isComplete(form)) return { status: 400, body: { reason_text: 'The form is wrong' } };
    return answerCharge(form.get('reference') ?? '', form.get('value') ?? '', form.get('unit') ?? '');
  }

  function answerCharge(reference: string, value: string, unit: string): Reply | 'lost' {
    references.push(reference);
    const row = reference.replace(/-n\d+$/, '-');
    const isFirst = references.filter((other) => other.startsWith(row)).length === 1;
    if (value === amountOf.busyAtFirst && isFirst) {
      return { status: 429, body: {}, headers: { 'retry-after': '0' } };
    }
    if (value === amountOf.hardDecline) return refused(reference, 'R05');
    if (value === amountOf.softDecline) return refused(reference, 'R51');
    if (value === amountOf.challenge) {
      return { status: 200, body: { mode: 'test', reference, state: 'CHALLENGE', go_to: '/acs' } };
    }
    const charge = { reference, value, token: `vt-${charges.length + 1}-kept` };
    charges.push(charge);
    if (value === amountOf.lostAnswer) return 'lost';
    return {
      status: value === amountOf.chargedUnder500 ? 500 : 200,
      body: {
        mode: 'test',
        reference,
        state: 'APPROVED',
        reason: 'A00',
        charge: { id: `ch-${charges.length}`, value, unit },
        vault: { card_token: charge.token, brand: 'Visa' },
      },
    };
  }

  return { baseUrl: `http://127.0.0.1:${port}`, charges, references };
}

function refused(reference: string, reason: string): Reply {
  return { status: 402, body: { mode: 'test', reference, state: 'REFUSED', reason, reason_text: 'No.' } };
}

function writeReply(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function isSigned({ url, headers }: IncomingMessage, body: string): boolean {
  const wanted = createHmac('sha256', fakeKeys.EXAMPLE_VAULT_SIGNING_SECRET).update(`POST ${url}\n${body}`);
  return (
    headers.authorization === `Bearer ${fakeKeys.EXAMPLE_VAULT_MERCHANT_KEY}` &&
    headers['x-signature'] === wanted.digest('hex')
  );
}

function isComplete(form: URLSearchParams): boolean {
  return (
    [...form.keys()].join() === fields.join() &&
    /^\d{12,19}$/.test(form.get('pan') ?? '') &&
    /^\d{4}$/.test(form.get('valid_until') ?? '') &&
    [...(form.get('holder') ?? '')].length <= 40 &&
    [...(form.get('post_code') ?? '')].length <= 12 &&
    (form.get('reference') ?? '').length <= 50
  );
}
