/*
 * A load balancer in front of the simulator. It forwards requests, refuses connections, or accepts
 * and resets them. It reads each merchant_txn_ref, so it is an independent record of the requests
 * that were cut off and of the answers that came late.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type ProxyMode = 'pass' | 'refuse' | 'reset_at_accept' | 'reset_at_request';

export interface GatewayProxy {
  readonly baseUrl: string;
  /** All requests, including those that were cut off. */
  readonly requests: number;
  /** merchant_txn_refs whose connection was cut before the whole answer had passed. */
  readonly cut: ReadonlySet<string>;
  /**
   * By merchant_txn_ref: when the connection was reset after its answer was forwarded. A stopped
   * client never reads such an answer. In ms of the Unix epoch.
   */
  readonly resetsAfterAnswer: ReadonlyMap<string, number>;
  /** The refs whose answer took, or whose client waited, longer than `ms`. */
  slowerThan(ms: number): ReadonlySet<string>;
  /**
   * When connections were reset before a whole request was read; a request may have been in flight.
   * In ms of the Unix epoch.
   */
  readonly unreadResetsAtMs: readonly number[];
  /** Requests between their sending and their answer. */
  readonly inFlight: number;
  change(mode: ProxyMode): Promise<void>;
  close(): Promise<void>;
}

interface Pending {
  readonly ref: string;
  readonly sentAtMs: number;
}

/** Even on a busy machine the client has read an answer by then. */
const arrivalMs = 500;

/** Starts a proxy for a port of this machine. */
export async function startGatewayProxy(upstreamPort: number): Promise<GatewayProxy> {
  const cut = new Set<string>();
  const tookMs = new Map<string, number>();
  const pending = new Map<Socket, Pending>();
  const lastPassed = new Map<Socket, { readonly ref: string; readonly atMs: number }>();
  const clients = new Set<Socket>();
  let mode: ProxyMode = 'pass';
  let requests = 0;
  const unreadResetsAtMs: number[] = [];
  const resetsAfterAnswer = new Map<string, number>();

  const settle = (client: Socket): Pending | undefined => {
    const request = pending.get(client);
    if (request === undefined) return undefined;
    pending.delete(client);
    tookMs.set(request.ref, performance.now() - request.sentAtMs);
    return request;
  };
  const reset = (client: Socket): void => {
    const request = settle(client);
    const passed = lastPassed.get(client);
    if (request === undefined) unreadResetsAtMs.push(Date.now());
    else cut.add(request.ref);
    if (request === undefined && passed !== undefined) resetsAfterAnswer.set(passed.ref, Date.now());
    // What was written right before a reset may never arrive.
    if (passed !== undefined && performance.now() - passed.atMs < arrivalMs) cut.add(passed.ref);
    client.resetAndDestroy();
  };

  const accept = (client: Socket): void => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => {
      // The client gave up. How long it waited shows whether it was allowed to.
      settle(client);
      clients.delete(client);
      lastPassed.delete(client);
    });
    if (mode === 'reset_at_accept') {
      unreadResetsAtMs.push(Date.now());
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(upstreamPort, '127.0.0.1');
    let text = '';
    client.on('data', (part) => {
      text += part.toString('latin1');
      const ref = /"merchant_txn_ref":"([^"]+)"/.exec(text)?.[1];
      if (ref !== undefined) {
        requests += 1;
        text = '';
        pending.set(client, { ref, sentAtMs: performance.now() });
      }
      if (mode === 'reset_at_request') reset(client);
      else upstream.write(part);
    });
    upstream.on('data', (part) => {
      const request = settle(client);
      if (request !== undefined) lastPassed.set(client, { ref: request.ref, atMs: performance.now() });
      client.write(part);
    });
    upstream.on('error', () => reset(client));
    upstream.on('close', () => reset(client));
    client.on('close', () => upstream.destroy());
  };

  let server: Server = createServer(accept);
  const listen = async (port: number): Promise<number> => {
    server = createServer(accept);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const stopListening = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const client of clients) reset(client);
    await closed;
  };
  const port = await listen(0);

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    get inFlight() {
      return pending.size;
    },
    cut,
    unreadResetsAtMs,
    resetsAfterAnswer,
    slowerThan: (ms) => new Set([...tookMs].filter(([, took]) => took > ms).map(([ref]) => ref)),
    async change(next) {
      mode = next;
      if (next === 'refuse') await stopListening();
      else if (!server.listening) await listen(port);
      if (next === 'reset_at_accept' || next === 'reset_at_request')
        for (const client of clients) reset(client);
    },
    close: stopListening,
  };
}
