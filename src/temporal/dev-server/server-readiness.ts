import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';

/** A server on the same machine answers in milliseconds; under full load within a second. */
const answerTimeoutMs = 2_000;
const pollMs = 50;

/** True if the server at `address` answers and knows the namespace. Never throws. */
export async function isAnswering(address: string, namespace: string): Promise<boolean> {
  // A refused gRPC channel waits a second before it retries, which would be most of the start time.
  if (!(await isListening(address))) return false;
  let connection: Connection | undefined;
  try {
    // Loaded here: without a server, a short command needs no client.
    const { Connection } = await import('@temporalio/client');
    connection = await Connection.connect({ address, connectTimeout: answerTimeoutMs });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + answerTimeoutMs, () =>
      workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close().catch(() => undefined);
  }
}

/**
 * Waits until the server answers (`ready`), `isGone` reports that its process ended (`gone`), or
 * the time is up (`silent`).
 */
export async function waitForAnswer(input: {
  readonly address: string;
  readonly namespace: string;
  readonly isGone: () => boolean | Promise<boolean>;
  readonly timeoutMs: number;
}): Promise<'ready' | 'gone' | 'silent'> {
  const deadlineMs = Date.now() + input.timeoutMs;
  for (;;) {
    if (await input.isGone()) return 'gone';
    if (await isAnswering(input.address, input.namespace)) return 'ready';
    if (Date.now() > deadlineMs) return 'silent';
    await delay(pollMs);
  }
}

function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: answerTimeoutMs });
    const settle = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
