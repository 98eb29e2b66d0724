/* A gateway that breaks the rules: it repeats the whole card number in every kind of answer. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoingGateway {
  readonly baseUrl: string;
  /** The number of answers of each kind. */
  readonly given: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Reply {
  readonly kind: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: (card: string) => string;
}

const grouped = (card: string, separator: string): string => (card.match(/.{1,4}/g) ?? []).join(separator);

function payment(card: string, more: object = {}, transaction: object = {}): string {
  return JSON.stringify({
    success: true,
    is_live: false,
    gateway_response: { code: 'INFO0000', message: `Card ${card} stored, ${grouped(card, ' ')}` },
    payment_details: { response_code: 0, scheme: 'VISA', card: { number: card, name: card } },
    transaction_details: {
      id: randomUUID(),
      stored_payment_method_id: randomUUID(),
      ref: card,
      ...transaction,
    },
    card_number: card,
    ...more,
  });
}

const paid: Reply = { kind: 'paid', status: 201, body: (card) => payment(card) };

/**
 * In rotation; never three refusals or five ambiguous answers in succession. The first answer to a
 * batch is `paid`.
 */
const replies: readonly Reply[] = [
  paid,
  {
    kind: 'declined',
    status: 200,
    body: (card) =>
      payment(card, {
        success: false,
        gateway_response: { code: 'ERR2001', message: `Card ${grouped(card, '-')} is lost: ${card}` },
        payment_details: { response_code: 41, scheme: card },
        transaction_details: { id: `tx-${card}` },
      }),
  },
  {
    kind: 'refused',
    status: 400,
    body: (card) => JSON.stringify({ message: `card.number ${card} is not accepted` }),
  },
  {
    kind: 'code',
    status: 200,
    body: (card) => payment(card, { success: false, gateway_response: { code: card } }),
  },
  { kind: 'text', status: 406, body: (card) => `<html>Invalid card ${card}</html>` },
  {
    kind: 'broken',
    status: 500,
    body: (card) =>
      JSON.stringify({ error: `NullPointerException at charge(${card}, "${grouped(card, '","')}")` }),
  },
  paid,
  {
    kind: 'ids',
    status: 201,
    body: (card) => payment(card, {}, { id: card, stored_payment_method_id: `tok_${card}` }),
  },
  {
    kind: 'detail',
    status: 422,
    body: (card) => JSON.stringify({ title: `No: ${grouped(card, '.')}`, detail: grouped(card, ' ') }),
  },
  { kind: 'half', status: 201, body: (card) => payment(card).slice(0, 150) },
];

const later: Reply = {
  kind: 'later',
  status: 429,
  headers: { 'retry-after': '1' },
  body: (card) => JSON.stringify({ message: `Too many for ${card}` }),
};
const forbidden: Reply = {
  kind: 'forbidden',
  status: 401,
  body: (card) => JSON.stringify({ gateway_response: { message: `No rights to charge ${card}` } }),
};

/** The number, from 1, of the request whose card is announced early and then refused. */
const requestForLater = 4;

/** Starts the gateway on a free port. */
export async function startEchoingGateway(): Promise<EchoingGateway> {
  const given = new Map<string, number>();
  let requests = 0;
  let slots = 0;
  let cardForLater: string | undefined;
  const choose = (card: string): Reply => {
    requests += 1;
    if (requests === requestForLater) {
      cardForLater = card;
      return later;
    }
    if (card === cardForLater) {
      cardForLater = undefined;
      return forbidden;
    }
    slots += 1;
    return replies[(slots - 1) % replies.length] ?? paid;
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { card } = JSON.parse(text) as { card: { number: string } };
      const reply = choose(card.number);
      given.set(reply.kind, (given.get(reply.kind) ?? 0) + 1);
      write(response, reply, card.number);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function write(response: ServerResponse, { status, headers, body }: Reply, card: string): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers, 'x-card': card });
  response.end(body(card));
}
