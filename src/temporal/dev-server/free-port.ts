import { createServer } from 'node:net';
import { serverHost } from './server-process.ts';

/**
 * `wanted` if it is free on this machine, otherwise any free port. Another process may take it
 * before it is used.
 */
export async function findFreePort(wanted = 0): Promise<number> {
  return (await tryPort(wanted)) ?? (await findFreePort());
}

function tryPort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (wanted === 0 ? reject(error) : resolve(undefined)));
    server.listen({ host: serverHost, port: wanted, exclusive: true }, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : undefined;
      server.close(() => resolve(port));
    });
  });
}
