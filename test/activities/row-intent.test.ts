import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRowIntent } from '../../src/activities/row-intent.ts';
import { HoldMonitor } from '../../src/domain/hold-monitor.ts';
import type { IntentResult, Storage } from '../../src/storage/storage.ts';
import { createIntentHead, shardRef } from '../support/intents.ts';
import { createDiskError } from '../support/sends.ts';

interface World {
  readonly sealFails?: true;
  readonly endFails?: true;
}

/** An intent on a storage that fails as requested, with the results that were written. */
async function openIntent({ sealFails, endFails }: World) {
  const ends: IntentResult[] = [];
  const monitor = new HoldMonitor();
  const intents: Partial<Storage['intents']> = {
    create: async () => ({
      writeResult: async (end) => {
        if (endFails) throw createDiskError();
        ends.push(end);
      },
    }),
    isSealed: async () => {
      if (sealFails) throw createDiskError('EIO');
      return false;
    },
  };
  const storage = { intents } as Storage;
  const intent = await createRowIntent(
    { storage, ref: shardRef, monitor, monotonicMs: () => performance.now() },
    createIntentHead(1),
  );
  assert.ok(intent !== undefined);
  return { intent, monitor, ends };
}

const earlier = { code: 'set_up_wrong', text: 'The gateway answered HTTP 401', count: 1 } as const;

test('if the seal cannot be read, the intent ends as not sent, and the batch holds for that', async () => {
  const { intent, monitor, ends } = await openIntent({ sealFails: true });
  await assert.rejects(intent.isSealed(), {
    type: 'BatchHold',
    message: /seal of a shard cannot be read.*EIO/,
  });
  assert.equal(monitor.hold?.code, 'storage_failed');
  assert.deepEqual(ends, [{ kind: 'not_processed', cause: 'not sent' }]);
});

test('a batch on hold keeps its first reason, which every later row reports', async () => {
  const { intent, monitor } = await openIntent({ sealFails: true, endFails: true });
  monitor.stop(earlier);
  await assert.rejects(intent.isSealed(), { type: 'BatchHold', message: earlier.text });
  await assert.rejects(intent.notProcessed('HTTP 503'), { type: 'BatchHold', message: earlier.text });
  assert.deepEqual(await intent.tryWriteResult({ kind: 'not_processed', cause: 'HTTP 503' }), earlier);
});
