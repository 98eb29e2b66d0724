/*
 * If a worker dies, Temporal may give the next worker the events of two workflow tasks at once. The
 * commands of that worker go into the history. A later replay gets the two tasks separately again,
 * and must produce the same commands.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { createLogger } from '../../src/logger.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { bundleWorkflows } from '../../src/temporal/workflow-bundle.ts';
import { fromHistoryJson } from '../support/history-json.ts';
import { readRecordings } from '../support/recorded-histories.ts';

type EventJson = { eventId: string; eventType: string } & Record<string, unknown>;

/**
 * The three events of a workflow task without commands, between an activity's end and the task of
 * an update.
 */
const between = [
  'ACTIVITY_TASK_COMPLETED',
  'WORKFLOW_TASK_SCHEDULED',
  'WORKFLOW_TASK_STARTED',
  'WORKFLOW_TASK_COMPLETED',
  'WORKFLOW_TASK_SCHEDULED',
  'WORKFLOW_TASK_STARTED',
  'WORKFLOW_TASK_COMPLETED',
  'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
];

/** For each such workflow task, the same events without it. */
function inOnePiece(events: readonly EventJson[]): EventJson[][] {
  const types = events.map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
  const places = types.flatMap((_, index) =>
    between.every((type, ahead) => types[index + ahead] === type) ? [index + 1] : [],
  );
  return places.map((place) => {
    const lastLeftOut = place + 3;
    const shift = (id: string): string => (Number(id) > lastLeftOut ? String(Number(id) - 3) : id);
    const text = JSON.stringify([...events.slice(0, place), ...events.slice(lastLeftOut)]);
    return JSON.parse(text, (key, value) =>
      /eventId$/i.test(key) && typeof value === 'string' ? shift(value) : value,
    );
  });
}

test('an update that arrives together with the end of an audit line gives the same commands as in separate tasks', async () => {
  const logger = createLogger('silent');
  installRuntime(logger);
  const bundle = await bundleWorkflows(logger);
  const histories = (await readRecordings()).flatMap(({ name, text }) =>
    inOnePiece((JSON.parse(text) as { events: EventJson[] }).events).map((events, index) => ({
      workflowId: `${name}-${index}`,
      history: fromHistoryJson({ events }),
    })),
  );
  assert.ok(histories.length >= 4, `${histories.length} histories with such a place`);
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: bundle },
    histories,
  )) {
    assert.equal(error, undefined, `${workflowId}: ${error?.message}`);
  }
});
