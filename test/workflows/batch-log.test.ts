import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLogger } from '../../src/logger.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { holdFailure, MockedActivities } from './mocked-activities.ts';
import { openWorkflowStage, type WorkflowStage } from './workflow-stage.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly batch?: {
    readonly batchId: string;
    readonly phase?: string;
    readonly hold?: { readonly code: string };
  };
}

const written: Line[] = [];
let stage: WorkflowStage;
before(async () => {
  // The runtime is installed once a process, with the first logger.
  installRuntime(createLogger('info', { write: (line) => written.push(JSON.parse(line) as Line) }));
  stage = await openWorkflowStage();
});
after(() => stage.stop());

test("the worker's log reports each phase of a batch and why it holds, and nothing about its rows", async () => {
  const mocked = new MockedActivities(2);
  let isSetUpRight = false;
  mocked.answer = () => {
    if (!isSetUpRight) throw holdFailure('set_up_wrong', 'HTTP 401');
    return { outcome: 'tokenized' };
  };
  await stage.run(mocked.create(), { concurrency: 1 }, async (batch) => {
    await batch.reach('on_hold');
    isSetUpRight = true;
    await batch.control('resume');
    await batch.result();
    const lines = written.filter((line) => line.batch?.batchId === batch.batchId);
    assert.deepEqual(
      lines.map(({ batch: fields }) => fields?.phase),
      ['staging', 'sending', 'on_hold', 'sending', 'publishing', 'finished'],
    );
    const warnings = lines.filter(({ level }) => level === 40);
    assert.deepEqual(
      warnings.map(({ msg, batch: fields }) => [msg, fields?.hold?.code]),
      [['Batch is on hold', 'set_up_wrong']],
    );
  });
});
