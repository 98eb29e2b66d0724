/* When sending a row makes its batch hold, and that nothing is sent afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accountLimitKey,
  batchLimitsKey,
  batchRecordKey,
  batchSlotsFolder,
  stagedShardKey,
} from '../../src/storage/layout.ts';
import { readStagingSummary } from '../../src/storage/staged-shards.ts';
import { batchId, targetFingerprint } from '../support/batches.ts';
import { eventually } from '../support/condition.ts';
import { createIntent, shardRef } from '../support/intents.ts';
import { createDiskError, createFakeGateway, paid, paidAnswer, withIntents } from '../support/sends.ts';
import { failureOf, holdOf, openSending } from './row-sending.ts';

for (const status of [307, 401, 403, 404, 405]) {
  test(`HTTP ${status} makes the batch hold at once, and the row continues after resume`, async (t) => {
    const { send, gateway, resultsOf, rows } = await openSending(t, {
      gateway: createFakeGateway((_, sends) =>
        sends === 1 ? { kind: 'answered', status, answer: { gatewayMessage: 'Bad key' } } : paid,
      ),
    });
    const reason = await holdOf(send(1), rows);
    assert.deepEqual([reason.code, reason.count], ['set_up_wrong', 1]);
    assert.match(
      reason.text,
      new RegExp(`HTTP ${status} \\(Bad key\\): check the worker's PAYMENT_OPTIONS_`),
    );
    assert.deepEqual(await resultsOf(1), [{ kind: 'not_processed', cause: `HTTP ${status}` }]);
    // The same hold generation: other rows find the hold and are not sent.
    assert.deepEqual(await holdOf(send(2), rows), reason);
    assert.equal(gateway.requests.length, 1);
    assert.deepEqual(await send(1, { holdGeneration: 1 }), { outcome: 'tokenized' });
  });
}

test('a row with an intent ends without sending if the batch holds meanwhile', async (t) => {
  let letIntentBe: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => {
    letIntentBe = resolve;
  });
  const { send, gateway, resultsOf, rows } = await openSending(t, {
    gateway: createFakeGateway(() => ({ kind: 'answered', status: 401 })),
    storage: (real) =>
      withIntents(real, {
        create: async (ref, head) => {
          const own = await real.intents.create(ref, head);
          if (head.row === 2) await isHeld;
          return own;
        },
      }),
  });
  const late = send(2);
  await holdOf(send(1), rows);
  letIntentBe();
  assert.equal((await holdOf(late, rows)).code, 'set_up_wrong');
  assert.deepEqual(await resultsOf(2), [{ kind: 'not_processed', cause: 'not sent' }]);
  assert.equal(gateway.requests.length, 1);
});

test('a row that waits for its slot when its batch holds is not sent, and frees its place for after the resume', async (t) => {
  let answer: () => void = () => undefined;
  const isAnswered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const gateway = createFakeGateway(async (_, sends) => {
    if (sends > 1) return paid;
    await isAnswered;
    return { kind: 'answered', status: 401 };
  });
  let cameIn = 0;
  const { send, resultsOf, rows } = await openSending(t, {
    gateway,
    record: { concurrency: 1 },
    rateLimiter: (rateLimiter) => ({
      ...rateLimiter,
      enter: (...input) => {
        cameIn += 1;
        return rateLimiter.enter(...input);
      },
    }),
  });
  const first = send(1);
  await eventually('the only place is taken', () => (gateway.requests.length === 1 ? true : undefined));
  const waiting = [send(2), send(3)];
  await eventually('the others wait for it', () => (cameIn === 3 ? true : undefined));
  answer();
  for (const run of [first, ...waiting]) assert.equal((await holdOf(run, rows)).code, 'set_up_wrong');
  assert.equal(gateway.requests.length, 1);
  assert.deepEqual([await resultsOf(2), await resultsOf(3)], [[], []]);
  for (const row of [1, 2, 3])
    assert.deepEqual(await send(row, { holdGeneration: 1 }), { outcome: 'tokenized' });
});

test('five ambiguous answers in a row make the batch hold, each row unknown, and the sixth is not sent', async (t) => {
  const { send, gateway, rows } = await openSending(t, {
    gateway: createFakeGateway(() => ({ kind: 'no_answer', cause: 'connection_lost' })),
  });
  for (let row = 1; row <= 4; row += 1) assert.deepEqual(await send(row), { outcome: 'unknown' });
  const fifth = await send(5);
  assert.deepEqual([fifth.outcome, fifth.hold?.code, fifth.hold?.count], ['unknown', 'ambiguous_answers', 5]);
  assert.equal((await holdOf(send(6), rows)).code, 'ambiguous_answers');
  assert.equal(gateway.requests.length, 5);
  // After a resume the count starts at zero.
  assert.deepEqual(await send(6, { holdGeneration: 1 }), { outcome: 'unknown' });
});

test('open intents of a process that died do not count towards a hold', async (t) => {
  const { send, storage } = await openSending(t);
  for (let row = 1; row <= 10; row += 1) {
    await createIntent(storage.intents, shardRef, {
      row,
      intent: 1,
      merchantTxnRef: '',
      owner: '',
      nonce: 'a nonce',
      createdAtMs: 0,
      deadlineMs: 0,
    });
    assert.deepEqual(await send(row), { outcome: 'in_flight' });
  }
  assert.deepEqual(await send(11), { outcome: 'tokenized' });
});

for (const [what, exchange, code] of [
  ['refused requests', { kind: 'answered', status: 400 }, 'requests_refused'],
  [
    'set-up codes',
    { kind: 'answered', status: 200, answer: { success: false, responseCode: 3 } },
    'set_up_codes',
  ],
] as const) {
  test(`three ${what} in a row make the batch hold`, async (t) => {
    const { send, rows } = await openSending(t, { gateway: createFakeGateway(() => exchange) });
    assert.deepEqual(await send(1), { outcome: 'failed' });
    assert.deepEqual(await send(2), { outcome: 'failed' });
    assert.equal((await send(3)).hold?.code, code);
    assert.equal((await holdOf(send(4), rows)).code, code);
  });
}

for (const isLive of [true, false]) {
  test(`an answer that is ${isLive ? 'live' : 'a test'} in a batch that is not makes it hold, and its token is kept`, async (t) => {
    const { send, resultsOf, rows } = await openSending(t, {
      record: { isLive: !isLive },
      gateway: createFakeGateway(() => ({
        ...paid,
        kind: 'answered',
        status: 201,
        answer: { ...paidAnswer, isLive },
      })),
    });
    const result = await send(1);
    assert.deepEqual([result.outcome, result.hold?.code], ['tokenized', 'is_live_disagrees']);
    assert.equal((await resultsOf(1))[0]?.kind, 'final');
    assert.equal((await holdOf(send(2), rows)).code, 'is_live_disagrees');
  });
}

test('an intent that cannot be made durable sends nothing and makes the batch hold', async (t) => {
  const { send, gateway, rows } = await openSending(t, {
    storage: (real) => withIntents(real, { create: () => Promise.reject(createDiskError('ENOSPC')) }),
  });
  const reason = await holdOf(send(1), rows);
  assert.deepEqual(
    [reason.code, reason.text],
    ['storage_failed', 'A send intent cannot be stored durably, so nothing is sent (ENOSPC)'],
  );
  assert.equal((await holdOf(send(2), rows)).code, 'storage_failed');
  assert.equal(gateway.requests.length, 0);
});

test('intents that cannot be read send nothing and make the batch hold', async (t) => {
  const { send, gateway, rows } = await openSending(t, {
    storage: (real) =>
      withIntents(real, {
        last: () => Promise.reject(Object.assign(createDiskError('EIO'), { syscall: 'open' })),
      }),
  });
  assert.equal((await holdOf(send(1), rows)).code, 'storage_failed');
  assert.equal(gateway.requests.length, 0);
});

test('if the seal cannot be read, nothing is sent, and the row is not unknown', async (t) => {
  const { send, gateway, resultsOf, rows } = await openSending(t, {
    storage: (real) => withIntents(real, { isSealed: () => Promise.reject(createDiskError('EIO')) }),
  });
  const reason = await holdOf(send(1), rows);
  assert.deepEqual(
    [reason.code, reason.text],
    ['storage_failed', 'The seal of a shard cannot be read, so nothing is sent (EIO)'],
  );
  assert.deepEqual(await resultsOf(1), [{ kind: 'not_processed', cause: 'not sent' }]);
  assert.equal(gateway.requests.length, 0);
});

test('a token whose intent result cannot be written goes to the workflow in full, and the batch holds', async (t) => {
  const { send, resultsOf, rows } = await openSending(t, {
    storage: (real) =>
      withIntents(real, {
        create: async (ref, head) => {
          const own = await real.intents.create(ref, head);
          return own && { writeResult: () => Promise.reject(createDiskError('EIO')) };
        },
      }),
  });
  const result = await send(1);
  assert.deepEqual([result.outcome, result.hold?.code], ['tokenized', 'storage_failed']);
  assert.deepEqual([result.unwritten?.row, result.unwritten?.intent], [1, 1]);
  assert.equal(result.unwritten?.answer.storedPaymentMethodId, 'pm-1');
  const words = JSON.stringify(result);
  assert.ok(
    rows.every(({ cardNumber }) => !words.includes(cardNumber)) && !words.includes('must stay private'),
  );
  assert.deepEqual(await resultsOf(1), [undefined]);
  assert.equal((await holdOf(send(2), rows)).code, 'storage_failed');
});

test('a result of not_processed that cannot be written makes the batch hold: the row may not be retried', async (t) => {
  const { send, gateway, rows } = await openSending(t, {
    gateway: createFakeGateway(() => ({ kind: 'answered', status: 429, retryAfterMs: 1_000 })),
    storage: (real) =>
      withIntents(real, {
        create: async (ref, head) => {
          const own = await real.intents.create(ref, head);
          return own && { writeResult: () => Promise.reject(createDiskError('EIO')) };
        },
      }),
  });
  assert.equal((await holdOf(send(1), rows)).code, 'storage_failed');
  assert.deepEqual(await send(1, { holdGeneration: 1 }), { outcome: 'in_flight' });
  assert.equal(gateway.requests.length, 1);
});

test('missing or changed staging makes the batch hold instead of being retried forever', async (t) => {
  const { send, gateway, storage, record, rows } = await openSending(t);
  const staging = await readStagingSummary(storage, record);
  const key = stagedShardKey(batchId, staging?.attempt ?? '', 1);
  const sealed = await storage.files.read(key);
  assert.ok(sealed !== undefined);
  await storage.files.remove(key);
  assert.equal((await holdOf(send(1), rows)).code, 'storage_failed');
  await storage.files.replace(key, sealed.subarray(0, -1));
  const reason = await holdOf(send(1), rows);
  assert.equal(reason.code, 'storage_failed');
  assert.match(reason.text, /^Staging of shard 1 was replaced or changed: .*shard-1\.enc\. Put back what/);
  // After the operator restores the file, the batch continues.
  await storage.files.replace(key, sealed);
  assert.deepEqual(await send(1), { outcome: 'tokenized' });
  assert.equal(gateway.requests.length, 1);
});

test('a batch whose record is missing or damaged holds instead of being retried forever', async (t) => {
  const { send, storage, rows } = await openSending(t);
  await storage.files.replace(batchRecordKey(batchId), '{"version":1');
  assert.match((await holdOf(send(1), rows)).text, /damaged/);
  await storage.files.remove(batchRecordKey(batchId));
  assert.match((await holdOf(send(1), rows)).text, /no record of the batch/);
});

test('a foreign error that quotes a card reaches Temporal scrubbed, without stack or cause', async (t) => {
  const { send, rows } = await openSending(t, {
    gateway: createFakeGateway(({ row }) => {
      throw new TypeError(`Bad value ${row.cardNumber}`, { cause: new Error(row.cardNumber) });
    }),
  });
  const failure = await failureOf(send(1), rows);
  assert.deepEqual([failure.type, failure.message], ['TypeError', 'Bad value [digits removed]']);
  assert.equal(failure.stack, '');
  assert.equal(failure.cause, undefined);
});

for (const [what, key, content] of [
  ['settings of its limits', batchLimitsKey(batchId), '{"change":'],
  ['limit of its account', accountLimitKey(targetFingerprint), '{"version":9}'],
  ['slots that workers share', `${batchSlotsFolder(batchId)}/1`, '{"version":9}'],
] as const) {
  test(`a batch holds and sends nothing if the ${what} cannot be read; once fixed, it continues`, async (t) => {
    const { send, storage, gateway, resultsOf, rows } = await openSending(t, { record: { ratePerS: 50 } });
    await storage.files.replace(key, content);
    const reason = await holdOf(send(1), rows);
    assert.deepEqual([reason.code, reason.count], ['storage_failed', 1]);
    assert.match(reason.text, /rate limit cannot be enforced/);
    assert.equal(gateway.requests.length, 0);
    // The intent may exist before the slot claim fails. Its result is that nothing was sent.
    for (const end of await resultsOf(1)) assert.equal(end?.kind, 'not_processed');
    await storage.files.remove(key);
    assert.deepEqual(await send(1, { holdGeneration: 1 }), { outcome: 'tokenized' });
  });
}
