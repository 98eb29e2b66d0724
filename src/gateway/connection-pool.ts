/*
 * The open connections to the gateway: one request at a time on each, and reused only as the policy
 * allows.
 */
import { Agent, type ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import { ConnectFailedError } from './connect-phase.ts';
import { type ReusePolicy, watchedMs } from './reuse-policy.ts';

/** A timer that fires later than this means that the process was busy or stopped. */
const lateMs = 100;
/** Assumed if it is not known when the server closed. */
const unknownIdleMs = 200;

/**
 * One connection. As an HTTP agent, it gives its one socket to a request and never opens another.
 */
export class Connection extends Agent {
  readonly socket: Socket;
  /** True if it carried a request before this one. */
  isReused = false;
  /** The time-out that the server stated with its last answer, in milliseconds. */
  statedMs: number | undefined;
  #isGiven = false;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.socket = socket;
    // An error event without a listener would end the process. The user of the socket sees that it
    // closed.
    socket.on('error', () => undefined);
    // Newer versions of Node close a free socket at its first byte, without showing it. Such a byte
    // counts: it may belong to the last answer, and it says that the server cannot be trusted.
    // Giving the socket out again, as to a request, makes Node read it as before.
    this.on('free', () => {
      if (socket.destroyed) return;
      this.reuseSocket(socket, {} as ClientRequest);
      socket.unref();
    });
  }

  override createConnection(): Socket {
    // Called again only if the socket is not free. Two requests on it would mix up their answers.
    if (this.#isGiven) throw new Error('The connection is in use');
    this.#isGiven = true;
    return this.socket;
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable && !this.socket.readableEnded;
  }

  /** True after an answer that ended correctly, on a connection that both sides keep open. */
  get isFree(): boolean {
    return this.isOpen && Object.keys(this.freeSockets).length > 0;
  }

  close(): void {
    this.destroy();
    this.socket.destroy();
  }
}

export interface ConnectionPool {
  /** A connection for one request only. Rejects with ConnectFailedError. */
  take(): Promise<Connection>;
  /**
   * Call it after a complete answer, with its `Keep-Alive` header. Keeps the connection for a later
   * request, or closes it.
   */
  giveBack(connection: Connection, keepAlive: string | string[] | undefined): void;
  /** Call it after an answer that did not end correctly, or without an answer. */
  discard(connection: Connection): void;
  close(): void;
}

/** A connection that waits for its next request. */
interface Idle {
  readonly connection: Connection;
  readonly sinceMs: number;
  readonly stopWatching: () => void;
}

/** A pool over a connector. `nowMs` is monotonic. */
export function createConnectionPool(
  connect: () => Promise<Socket>,
  policy: ReusePolicy,
  nowMs: () => number,
): ConnectionPool {
  /** The most recently used one is last. */
  const idle: Idle[] = [];
  const inUse = new Set<Connection>();
  let isClosed = false;

  const discard = (connection: Connection): void => {
    inUse.delete(connection);
    connection.close();
  };
  const dropIdle = (one: Idle): void => {
    const place = idle.indexOf(one);
    if (place >= 0) idle.splice(place, 1);
    one.stopWatching();
    one.connection.close();
  };
  const watch = (connection: Connection): void => {
    const { socket } = connection;
    const sinceMs = nowMs();
    const onData = (): void => {
      // Unsolicited bytes must not become the answer to the next request.
      policy.cannotBeTrusted();
      dropIdle(one);
    };
    const onEnd = (): void => {
      const idleMs = nowMs() - sinceMs;
      // The process was busy or stopped, and sees it late: the server may have closed at any time
      // before.
      policy.closedByServer(idleMs > watchedMs + lateMs ? unknownIdleMs : idleMs);
      dropIdle(one);
    };
    const timer = setTimeout(() => {
      // A process that was busy or stopped sees only after the reads of this event-loop iteration
      // whether the server closed.
      setImmediate(() => {
        if (!idle.includes(one)) return;
        if (nowMs() - sinceMs < watchedMs + lateMs) policy.stayedOpen();
        dropIdle(one);
      });
    }, watchedMs);
    const one: Idle = {
      connection,
      sinceMs,
      stopWatching: () => {
        clearTimeout(timer);
        socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      },
    };
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    idle.push(one);
  };
  const takeIdle = async (): Promise<Connection | undefined> => {
    for (;;) {
      const now = nowMs();
      const one = idle.findLast(({ connection, sinceMs }) =>
        policy.mayReuse(now - sinceMs, connection.statedMs, now),
      );
      if (one === undefined) return undefined;
      idle.splice(idle.indexOf(one), 1);
      // A process that was busy or stopped may not have seen yet that the server closed: it does in
      // this event-loop iteration.
      await nextImmediate();
      const laterMs = nowMs();
      if (one.connection.isFree && policy.mayReuse(laterMs - one.sinceMs, one.connection.statedMs, laterMs)) {
        one.stopWatching();
        one.connection.isReused = true;
        return one.connection;
      }
      dropIdle(one);
    }
  };

  return {
    async take() {
      policy.requested(nowMs());
      const connection = (await takeIdle()) ?? new Connection(await connect());
      if (isClosed) {
        connection.close();
        throw new ConnectFailedError({ kind: 'not_connected', cause: 'other' });
      }
      inUse.add(connection);
      return connection;
    },
    giveBack(connection, keepAlive) {
      connection.statedMs = statedMsOf(keepAlive);
      // Node marks a socket as free one tick after the end of an answer.
      setImmediate(() => {
        inUse.delete(connection);
        const isKept = !isClosed && connection.isFree && policy.mayKeep(idle.length, connection.statedMs);
        if (isKept) watch(connection);
        else connection.close();
      });
    },
    discard,
    close() {
      isClosed = true;
      for (const one of [...idle]) dropIdle(one);
      for (const connection of inUse) discard(connection);
    },
  };
}

/** `timeout=5` in milliseconds; undefined if the header states none. */
function statedMsOf(keepAlive: string | string[] | undefined): number | undefined {
  const seconds = /timeout\s*=\s*"?(\d{1,6})/i.exec(String(keepAlive ?? ''))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
