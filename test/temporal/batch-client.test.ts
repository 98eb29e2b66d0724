import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, ServiceError } from '@temporalio/client';
import { NoWorkerError, readProgress } from '../../src/temporal/batch-client.ts';

/** A client whose queries fail as gRPC makes them fail. */
function clientThatFailsWith(code: number, details: string): Client {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return {
    connection: { withDeadline: (_deadline: number, act: () => Promise<unknown>) => act() },
    workflow: {
      getHandle: () => ({
        query: () => Promise.reject(new ServiceError('Failed to query Workflow', { cause })),
      }),
    },
  } as unknown as Client;
}

for (const [circumstance, code, details] of [
  ['the deadline passes here first', 4, 'DEADLINE_EXCEEDED: Deadline exceeded'],
  ['the server sees first that it passed', 1, 'CANCELLED: Call cancelled'],
  ['the server knows that no worker polls', 9, 'no poller seen for task queue recently'],
  ['the server keeps no more queries', 8, 'consistent query buffer is full'],
] as const) {
  test(`an unanswered query is reported as one if ${circumstance}`, async () => {
    await assert.rejects(readProgress(clientThatFailsWith(code, details), 'cardlift/m/b'), NoWorkerError);
  });
}

test('a query that fails for another reason keeps its error', async () => {
  await assert.rejects(
    readProgress(clientThatFailsWith(7, 'PERMISSION_DENIED'), 'cardlift/m/b'),
    ServiceError,
  );
});
