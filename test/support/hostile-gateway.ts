/*
 * A gateway that charges every request and then answers as no gateway should. It writes HTTP by
 * hand, since no library would send such answers. Its ledger holds what it charged, and which token
 * belongs to which request.
 */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { startTcpServer } from './tcp-servers.ts';

/** One request as it arrived. */
export interface HostileRequest {
  /** Counted from 1, over all connections. */
  readonly number: number;
  /** Counted from 1 on its connection. */
  readonly onConnection: number;
  readonly head: string;
  readonly body: {
    readonly amount: string;
    readonly currency: string;
    readonly merchant_id: string;
    readonly merchant_txn_ref: string;
    readonly card: { readonly number: string };
  };
  /** The previous request, on any connection. */
  readonly before: HostileRequest | undefined;
}

export type Reply = (socket: Socket, request: HostileRequest) => void | Promise<void>;

export interface Charge {
  readonly merchantTxnRef: string;
  readonly cardNumber: string;
  readonly token: string;
}

/** The token that belongs to a request. */
export const tokenOf = ({ body }: Pick<HostileRequest, 'body'>): string => `pm_${body.merchant_txn_ref}`;

interface Changes {
  readonly top?: object;
  readonly gateway?: object;
  readonly merchant?: object;
  readonly payment?: object;
  readonly transaction?: object;
}

/** The answer to a successful payment, with changes. */
export function goodAnswer(request: HostileRequest, changes: Changes = {}): object {
  const { body } = request;
  return {
    success: true,
    status_code: 201,
    is_live: false,
    transaction_type: 'CAPTURE',
    gateway_response: {
      type: 'INFO',
      message: 'Payment Successful.',
      code: 'INFO0000',
      ...changes.gateway,
    },
    merchant_details: { merchant_txn_ref: body.merchant_txn_ref, ...changes.merchant },
    payment_details: {
      amount: Number(body.amount),
      currency: body.currency,
      response_code: 0,
      scheme: 'VISA',
      ...changes.payment,
    },
    transaction_details: {
      id: `tx-${request.number}`,
      merchant_txn_ref: body.merchant_txn_ref,
      stored_payment_method_id: tokenOf(request),
      ...changes.transaction,
    },
    ...changes.top,
  };
}

/** An answer's bytes. A header with the value null is omitted. */
export function httpAnswer(
  status: number,
  body: string | Buffer | object,
  headers: Readonly<Record<string, string | null>> = {},
): Buffer {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const all = { 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('\r\n')}\r\n\r\n`), bytes]);
}

/** Starts the gateway on a free port; it ends with the test. */
export async function startHostileGateway(t: Pick<TestContext, 'after'>, reply: Reply) {
  const requests: HostileRequest[] = [];
  const { port, sockets } = await startTcpServer(t, (socket) => {
    let received = Buffer.alloc(0);
    let onConnection = 0;
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const headEnd = received.indexOf('\r\n\r\n');
        if (headEnd < 0) return;
        const head = received.subarray(0, headEnd).toString('latin1');
        const end = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (received.length < end) return;
        const body = JSON.parse(received.subarray(headEnd + 4, end).toString('utf8'));
        received = received.subarray(end);
        onConnection += 1;
        const before = requests.at(-1);
        const request = { number: requests.length + 1, onConnection, head, body, before };
        requests.push(request);
        void reply(socket, request);
      }
    });
  });
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    connections: () => sockets.length,
    /** The charges in order: every request. */
    charges: (): Charge[] =>
      requests.map((request) => ({
        merchantTxnRef: request.body.merchant_txn_ref,
        cardNumber: request.body.card.number,
        token: tokenOf(request),
      })),
  };
}
