import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { definedOf } from '../../src/domain/defined.ts';

/** A request that satisfies the API's schema and is paid. */
export function createPaymentRequest(cardNumber: string, txnRef: string) {
  return {
    amount: '1000',
    currency: 'JPY',
    card: { number: cardNumber, expiry_month: '12', expiry_year: '2039', name: 'Aiko Example' },
    payment_method: { type: 'scheme', store_payment_method: true },
    merchant_txn_ref: txnRef,
    merchant_id: 'demo',
    billing_address: {},
  };
}

/** The fields of an answer that tests look at; an answer of another kind may lack some. */
export interface AnswerBody {
  readonly success: boolean;
  readonly is_live: boolean;
  readonly redirect_url?: string;
  readonly gateway_response: { readonly code: string; readonly message: string };
  readonly payment_details: {
    readonly amount: number;
    readonly response_code: number;
    readonly scheme: string;
    readonly card: { readonly number: string };
  };
  readonly transaction_details: {
    readonly id: string;
    readonly merchant_txn_ref?: string;
    readonly stored_payment_method_id?: string;
  };
}

/** Reads an answer's body. Throws SyntaxError if it is not JSON. */
export function parseAnswer(text: string): AnswerBody {
  return JSON.parse(text) as AnswerBody;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface PlainRequest {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  readonly agent?: Agent;
}

const defaultHeaders = {
  authorization: 'Basic simulator',
  'x-api-key': 'simulator',
  'content-type': 'application/json',
};

/**
 * One HTTP request exactly as written: no retries, no redirects. Rejects if no complete answer
 * arrives.
 */
export function sendPlain(baseUrl: string, plain: PlainRequest): Promise<PlainAnswer> {
  const url = new URL(plain.path ?? '/api/v1/server-to-server-interface/payment', baseUrl);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: plain.method ?? 'POST',
        headers: { ...defaultHeaders, ...plain.headers },
        agent: plain.agent ?? new Agent(),
        ...definedOf({ signal: plain.signal }),
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(plain.body);
  });
}
