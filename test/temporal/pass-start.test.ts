import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowNotFoundError } from '@temporalio/client';
import { workflowQueueOf } from '../../src/contract/ids.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import { ForeignBatchError } from '../../src/temporal/foreign-batch-error.ts';
import { startPass } from '../../src/temporal/pass-start.ts';
import type { TemporalAccess } from '../../src/temporal/temporal-access.ts';

const record = {
  batchId: 'cardlift/m/b',
  merchantId: 'm',
  targetFingerprint: 'abc',
  baseUrl: 'http://127.0.0.1:1',
  isLive: false,
  gatewayTimeoutMs: 30_000,
  file: { name: 'cards.csv', rows: 2 },
} as BatchRecord;

/** A pass as Temporal reports it. A number: it is running. */
type Look = number | { readonly pass: number; readonly name: string };

/** A Temporal that reports these, one per call. Undefined: it does not know the batch. */
function temporalWith(looks: readonly (Look | undefined)[], targetFingerprint = record.targetFingerprint) {
  const started: unknown[] = [];
  let look = 0;
  const describe = () => {
    const found = looks[Math.min(look, looks.length - 1)];
    const { pass, name } = typeof found === 'object' ? found : { pass: found, name: 'RUNNING' };
    look += 1;
    if (pass === undefined)
      return Promise.reject(new WorkflowNotFoundError('none', record.batchId, undefined));
    return Promise.resolve({
      status: { name },
      memo: { pass },
      taskQueue: workflowQueueOf(targetFingerprint),
    });
  };
  const access = {
    namespace: 'default',
    client: {
      connection: { operatorService: { listSearchAttributes: async () => ({ customAttributes: {} }) } },
      workflow: {
        getHandle: () => ({ describe }),
        start: async (_: string, { args }: { args: [{ pass: number }] }) => started.push(args[0].pass),
      },
    },
  } as unknown as TemporalAccess;
  return { access, started };
}

const finished = (pass: number) => ({ pass, name: 'COMPLETED' });

for (const [circumstance, pass, running, published, end, startedPasses] of [
  ['that was not begun', 1, [undefined], undefined, 'started', [1]],
  ['after a published one', 2, [undefined], 1, 'started', [2]],
  ['that runs', 2, [2], 1, 'started', []],
  ['that runs, and is published in this moment', 1, [1], 1, 'started', []],
  ['whose results are published', 1, [undefined], 1, 'published', []],
  ['whose results a later one’s have replaced', 1, [undefined], 2, 'published', []],
  ['after which a later one runs', 1, [2], 1, 'published', []],
  ['after one that is about to end', 2, [1, 1, undefined], 1, 'started', [2]],
  ['after one that finished', 2, [finished(1)], 1, 'started', [2]],
  ['that finished, and whose results the storage has lost', 1, [finished(1)], undefined, 'forgotten', []],
  ['before one that finished, with all results lost', 1, [finished(2)], undefined, 'forgotten', []],
  ['that finished in a storage of which an older copy is back', 2, [finished(2)], 1, 'forgotten', []],
  ['that was ended from outside', 1, [{ pass: 1, name: 'TERMINATED' }], undefined, 'started', [1]],
] as const) {
  test(`a pass ${circumstance} is ${startedPasses.length === 0 ? 'not started' : 'started once'}`, async () => {
    const { access, started } = temporalWith(running);
    assert.equal(await startPass(access, record, pass, { publishedPass: async () => published }), end);
    assert.deepEqual(started, startedPasses);
  });
}

for (const pass of [1, 2]) {
  test(`pass ${pass} of a batch whose pass 1 is running with another configuration is refused at once, and not started`, async () => {
    const { access, started } = temporalWith([1], 'other');
    await assert.rejects(
      startPass(access, record, pass, { publishedPass: async () => undefined }),
      ForeignBatchError,
    );
    assert.deepEqual(started, []);
  });
}
