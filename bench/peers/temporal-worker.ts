/*
 * A worker and a client in one program, for both Temporal peers. A second start continues the
 * workflow.
 */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { settings, temporalAddress } from './settings.ts';

export interface Batch {
  readonly workflowsPath: string;
  readonly activities: object;
  readonly workflowType: string;
  readonly input: object;
}

export async function runBatch({ workflowsPath, activities, workflowType, input }: Batch): Promise<void> {
  Runtime.install({ shutdownSignals: [] });
  const taskQueue = workflowType;
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: temporalAddress() }),
    taskQueue,
    workflowsPath,
    activities,
    maxConcurrentActivityTaskExecutions: settings.concurrency,
    ...(settings.ratePerS === 0 ? {} : { maxTaskQueueActivitiesPerSecond: settings.ratePerS }),
  });
  const client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(workflowType, {
      taskQueue,
      workflowId: workflowType,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    await handle.result();
  });
}
