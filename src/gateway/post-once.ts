/*
 * One POST over one connection, and everything that comes back on it, even if its HTTP framing is
 * wrong.
 */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Connection } from './connection-pool.ts';

export interface PostInput {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** Called right before the first byte is written. */
  readonly onSending?: (() => void) | undefined;
}

/** What came back. */
export interface HttpAnswer {
  /** Absent if the head of an answer could not be parsed. */
  readonly status?: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as far as it arrived, without transfer encoding. */
  readonly body: Buffer;
  /** Every byte that arrived on the connection, head and framing included, up to the limit. */
  readonly received: Buffer;
  /**
   * `early`: the body is a complete object, but its announced end did not come. `misframed`: the
   * announced end came, but the body is only the beginning of an object.
   */
  readonly end: 'complete' | 'early' | 'misframed' | 'too_large' | 'lost' | 'timeout';
}

/** Answers have about 2 kB. Of anything larger than this, only the beginning is read. */
export const bodyLimitBytes = 1_000_000;
/** Includes room for the headers. */
const receivedLimitBytes = bodyLimitBytes + 256 * 1_024;
/** Node's default is 16 kB. A proxy that adds large headers must not cost a token. */
const headLimitBytes = 256 * 1_024;
/** How long to wait for more after a body that looks complete, or cut off by a wrong length. */
const framingGraceMs = 250;

/** Sends the request once. Always resolves; never follows a redirect, never repeats. */
export function postOnce(connection: Connection, input: PostInput): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const { socket } = connection;
    const body = createByteList(bodyLimitBytes);
    const received = createByteList(receivedLimitBytes);
    let response: IncomingMessage | undefined;
    let grace: NodeJS.Timeout | undefined;
    let isSettled = false;
    const onReceived = (chunk: Buffer): void => {
      received.add(chunk);
    };
    const settle = (end: HttpAnswer['end']): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(grace);
      socket.off('data', onReceived);
      if (end !== 'complete') request.destroy();
      resolve({
        ...(response?.statusCode === undefined ? {} : { status: response.statusCode }),
        headers: response?.headers ?? {},
        body: body.join(),
        received: received.join(),
        end,
      });
    };
    const waitThen = (end: HttpAnswer['end'], isDue: () => boolean): void => {
      clearTimeout(grace);
      grace = setTimeout(() => {
        if (isDue()) settle(end);
      }, framingGraceMs);
    };
    const fail = (): void => settle(input.signal.aborted ? 'timeout' : 'lost');

    const request = httpRequest({
      agent: connection,
      method: 'POST',
      path: input.path,
      headers: input.headers,
      signal: input.signal,
      // A wrong length or a second framing header must not cost a token. The answer's reference is
      // checked later.
      insecureHTTPParser: true,
      maxHeaderSize: headLimitBytes,
    });
    request.once('socket', () => {
      // Runs before Node's own listener, which may end the request while it parses the same bytes.
      socket.prependListener('data', onReceived);
      input.onSending?.();
    });
    request.on('error', fail);
    // The server switches to another protocol: what follows stays in `received`.
    request.once('upgrade', () => waitThen('lost', () => true));
    request.once('response', (answer) => {
      response = answer;
      answer.on('data', (chunk: Buffer) => {
        if (!body.add(chunk)) settle('too_large');
        else if (body.endsWith('}')) waitThen('early', () => isJson(body.join()));
        else clearTimeout(grace);
      });
      answer.once('end', () => {
        clearTimeout(grace);
        if (!answer.complete) fail();
        else if (body.startsWith('{') && !body.endsWith('}')) waitThen('misframed', () => true);
        else settle('complete');
      });
      answer.on('error', fail);
      answer.once('close', () => {
        if (!answer.complete) fail();
      });
    });
    request.end(input.body);
  });
}

interface ByteList {
  /** Adds the bytes. False if they exceed the limit: then only a part was added. */
  add(chunk: Buffer): boolean;
  join(): Buffer;
  /** True if the first (the last) byte that is not white space is this one. */
  startsWith(character: string): boolean;
  endsWith(character: string): boolean;
}

function createByteList(limitBytes: number): ByteList {
  const parts: Buffer[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      const room = limitBytes - bytes;
      const part = chunk.byteLength <= room ? chunk : chunk.subarray(0, room);
      parts.push(part);
      bytes += part.byteLength;
      return part === chunk;
    },
    join: () => Buffer.concat(parts),
    startsWith: (character) => parts[0]?.toString('latin1').trimStart().startsWith(character) ?? false,
    endsWith: (character) =>
      parts
        .findLast((part) => part.some((byte) => byte > 0x20))
        ?.toString('latin1')
        .trimEnd()
        .endsWith(character) ?? false,
  };
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
