import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from './simulated-gateway.ts';

/**
 * Sends a reply. Calls `onWhole` once the complete answer was handed to the operating system on an
 * open connection. Whether the client read it cannot be known here.
 */
export function writeReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  onWhole: () => void,
): void {
  const { socket } = request;
  switch (reply.kind) {
    case 'silence':
      return;
    case 'drop':
      socket.destroy();
      return;
    case 'answer': {
      const bytes = Buffer.from(reply.body);
      response.writeHead(reply.status, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': bytes.length,
        ...reply.headers,
      });
      if (reply.cutAfterBytes !== undefined) {
        response.write(bytes.subarray(0, reply.cutAfterBytes), () => socket.destroy());
        return;
      }
      response.end(bytes, () => {
        if (!socket.destroyed && socket.errored === null) onWhole();
      });
    }
  }
}
