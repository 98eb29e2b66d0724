import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The content of a batch's notice, as received. */
export interface ReceivedNotice {
  readonly event: string;
  readonly text: string;
  readonly phase: string;
  readonly rows: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly hold: { readonly code: string } | null;
}

export interface NoticeReceiver {
  /** With a secret in its path, like the addresses of chat services. */
  readonly url: string;
  /** The posted bodies in order, whatever the answers were. */
  readonly bodies: readonly string[];
  /** The same bodies, parsed. */
  notices(): ReceivedNotice[];
  /** The status of the answers from now on; undefined: none is sent. */
  answer(status: number | undefined): void;
  close(): Promise<void>;
}

export const noticeSecret = 'T0/B0/5tr1ctly-secret';

/** Starts a server on a free port that receives notices. */
export async function startNoticeReceiver(): Promise<NoticeReceiver> {
  const bodies: string[] = [];
  let status: number | undefined = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      bodies.push(body);
      if (status !== undefined) response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${noticeSecret}`,
    bodies,
    notices: () => bodies.map((body) => JSON.parse(body) as ReceivedNotice),
    answer: (next) => {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
