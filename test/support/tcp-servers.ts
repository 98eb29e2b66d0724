import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import type { TestContext } from 'node:test';

export interface TestServer {
  readonly port: number;
  /** Every connection that was ever accepted. */
  readonly sockets: readonly Socket[];
}

async function listen(t: Pick<TestContext, 'after'>, server: TcpServer | Server): Promise<TestServer> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    // Some tests need a client that disappears.
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

/** An HTTP server on a free loopback port, closed after the test. */
export function startHttpServer(
  t: Pick<TestContext, 'after'>,
  listener: RequestListener,
): Promise<TestServer> {
  return listen(t, createHttpServer({ keepAliveTimeout: 0 }, listener));
}

/** A TCP server on a free loopback port, closed after the test. */
export function startTcpServer(
  t: Pick<TestContext, 'after'>,
  onSocket: (socket: Socket) => void,
): Promise<TestServer> {
  return listen(t, createTcpServer(onSocket));
}

/** A loopback port without a listener. */
export async function findClosedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The whole body of a request. */
export async function readRequestBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
