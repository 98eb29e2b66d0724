import assert from 'node:assert/strict';
import { test } from 'node:test';
import { superviseWorkers } from '../../src/temporal/worker-supervision.ts';

/** A worker that runs until `end` is called, with an error if it should fail. */
function createWorker(log: string[], name: string) {
  let resolve = (): void => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onEnd, onFailure) => {
    resolve = onEnd;
    reject = onFailure;
  });
  let state: 'RUNNING' | 'STOPPED' = 'RUNNING';
  return {
    run: () => promise,
    getState: () => state,
    shutdown() {
      state = 'STOPPED';
      log.push(`${name} is asked to stop`);
    },
    end(error?: Error) {
      state = 'STOPPED';
      log.push(`${name} ends`);
      if (error === undefined) resolve();
      else reject(error);
    },
  };
}

test('if one worker fails, the other finishes its rows, then all is closed, and that failure is reported', async () => {
  const log: string[] = [];
  const workers = [createWorker(log, 'workflows'), createWorker(log, 'activities')] as const;
  const { stopped } = superviseWorkers(workers, {
    beforeShutdown: () => log.push('rate limiter stops'),
    closings: [
      async () => {
        log.push('connection closes');
        throw new Error('the connection is in use');
      },
      async () => {
        log.push('gateway closes');
      },
    ],
  });
  const reported = assert.rejects(stopped, /the poller died/);
  workers[0].end(new Error('the poller died'));
  await new Promise(setImmediate);
  assert.deepEqual(log, ['workflows ends', 'rate limiter stops', 'activities is asked to stop']);
  workers[1].end(new Error('it failed as well'));
  await reported;
  assert.deepEqual(log.slice(3), [
    'activities ends',
    'rate limiter stops',
    'connection closes',
    'gateway closes',
  ]);
});

test('stopped workers end without an error; a failed closing is reported', async () => {
  for (const closing of [undefined, new Error('the connection is in use')]) {
    const log: string[] = [];
    const worker = createWorker(log, 'workflows');
    const close = (): Promise<void> => (closing === undefined ? Promise.resolve() : Promise.reject(closing));
    const running = superviseWorkers([worker], { beforeShutdown: () => undefined, closings: [close] });
    const stopped = running.stop();
    worker.end();
    await (closing === undefined ? stopped : assert.rejects(stopped, closing));
    assert.deepEqual(log, ['workflows is asked to stop', 'workflows ends']);
  }
});
