import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledFailure } from '@temporalio/common';
import type { GatewayRefusal } from '../../src/rate-limit/rate-limiter.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { batchId, createSendableRow } from '../support/batches.ts';
import { createIntent, createIntentHead, longestAnswer, shardRef } from '../support/intents.ts';
import { createPaymentOptionsGateway } from '../support/payment-options.ts';
import { createFakeGateway, paid, paidAnswer, withIntents } from '../support/sends.ts';
import { failureOf, holdOf, openSending } from './row-sending.ts';

const notProcessed = { kind: 'not_processed', cause: 'HTTP 429' } as const;

test('a row that was never sent is sent once under its first intent, and ends with its token', async (t) => {
  const nowMs = Date.UTC(2026, 0, 1);
  const { send, gateway, resultsOf, storage, rows } = await openSending(t, { nowMs: () => nowMs });
  assert.deepEqual(await send(1), { outcome: 'tokenized' });
  assert.deepEqual(gateway.requests, [
    { row: rows[0], merchantId: 'merchant', merchantTxnRef: 'abcdefghijkl-p1-r1-n1', timeoutMs: 2_000 },
  ]);
  assert.deepEqual(await resultsOf(1), [
    {
      kind: 'final',
      answer: {
        outcome: 'tokenized',
        merchantTxnRef: 'abcdefghijkl-p1-r1-n1',
        completedAt: '2026-01-01T00:00:00.000Z',
        storedPaymentMethodId: 'pm-1',
        transactionId: 'txn-1',
        httpStatus: 201,
        gatewayCode: 'INFO0000',
        responseCode: 0,
        scheme: 'visa',
        isLive: false,
        isCharged: true,
      },
    },
  ]);
  const [intent] = await storage.intents.list(shardRef);
  // Stale intent 5 s, time-out 2 s, grace 2 s, and 5 s for writing.
  assert.deepEqual(
    [intent?.head.createdAtMs, intent?.head.deadlineMs, intent?.head.owner],
    [nowMs, nowMs + 14_000, 'host 1'],
  );
});

test('the intent is durable before the request goes out', async (t) => {
  const seen: number[] = [];
  const sending = await openSending(t, {
    gateway: createFakeGateway(async () => {
      seen.push((await sending.resultsOf(1)).length);
      return paid;
    }),
  });
  await sending.send(1);
  assert.deepEqual(seen, [1]);
});

test('a row passes the rate limiter, creates its intent, waits for its slot, sends, and gives its place back', async (t) => {
  const steps: string[] = [];
  const intent = (step: string): void => {
    steps.push(step);
  };
  const { send, rows } = await openSending(t, {
    record: { ratePerS: 20 },
    rateLimiter: {
      stop: () => undefined,
      concurrencyUpdate: () => undefined,
      hasRowsFor: () => {
        intent('may the answer wait');
        return false;
      },
      refused: () => intent('refused'),
      enter: async (name, limits) => {
        intent(`enter ${name} ${JSON.stringify(limits)}`);
        return {
          kind: 'permit',
          slot: async () => {
            intent('slot');
            return 'go' as const;
          },
          sent: () => intent('sent'),
          answered: () => intent('answered'),
          release: () => intent('release'),
        };
      },
    },
    storage: (real) =>
      withIntents(real, {
        create: (ref, head) => {
          intent('intent');
          return real.intents.create(ref, head);
        },
      }),
    gateway: createFakeGateway(({ onSending }, sends) => {
      intent('send');
      onSending?.();
      if (sends === 1) return paid;
      return sends === 2
        ? { kind: 'answered', status: 429 }
        : { kind: 'answered', status: 503, retryAfterMs: 1_000 };
    }),
  });
  const expected = [
    `enter cardlift/merchant/batch {"concurrency":10,"ratePerS":20}`,
    'intent',
    'slot',
    'send',
    'sent',
    'answered',
    'release',
  ];
  await send(1);
  assert.deepEqual(steps.splice(0), [...expected, 'may the answer wait']);
  await failureOf(send(2), rows);
  assert.deepEqual(steps.splice(0), expected.with(-1, 'refused').concat('release'));
  await failureOf(send(3), rows);
  assert.deepEqual(steps.splice(0), expected, 'a 503 concerns its row, and slows no other row');
});

test('a refusal counts from the moment when its request’s first byte left, not from its slot', async (t) => {
  let nowMs = 1_700_000_000_000;
  const slotAtMs = nowMs;
  const refusals: GatewayRefusal[] = [];
  const { send, rows } = await openSending(t, {
    nowMs: () => nowMs,
    rateLimiter: {
      stop: () => undefined,
      concurrencyUpdate: () => undefined,
      hasRowsFor: () => false,
      refused: (refusal) => void refusals.push(refusal),
      enter: async () => ({
        kind: 'permit',
        slot: async () => 'go',
        sent: () => undefined,
        answered: () => undefined,
        release: () => undefined,
      }),
    },
    gateway: createFakeGateway(({ onSending }) => {
      // The connection took a while.
      nowMs += 700;
      onSending?.();
      nowMs += 100;
      return { kind: 'answered', status: 429, retryAfterMs: 1_000 };
    }),
  });
  await failureOf(send(1), rows);
  assert.deepEqual(refusals, [{ sentAtMs: slotAtMs + 700, cause: 'HTTP 429', retryAfterMs: 1_000 }]);
});

test('an answer that may wait is durable before it waits for its completion batch', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const sending = await openSending(t, {
    nowMs: () => Date.UTC(2026, 0, 1) + 40,
    hasRowsFor: (...about) => {
      assert.deepEqual(about, [batchId, 200]);
      isAsked();
      return true;
    },
  });
  let isReported = false;
  const reported = sending.send(1).then((result) => {
    isReported = true;
    return result;
  });
  await asked;
  assert.deepEqual(
    (await sending.resultsOf(1)).map((end) => end?.kind),
    ['final'],
  );
  t.mock.timers.tick(59);
  await sending.resultsOf(1);
  assert.equal(isReported, false);
  t.mock.timers.tick(1);
  assert.deepEqual(await reported, { outcome: 'tokenized' });
});

test('the answer to a probe, or an answer that makes the batch hold, never waits', async (t) => {
  const { send } = await openSending(t, {
    hasRowsFor: () => assert.fail('the answer would wait'),
    gateway: createFakeGateway((_, sends) =>
      sends === 1 ? paid : { kind: 'answered', status: 201, answer: { ...paidAnswer, isLive: true } },
    ),
  });
  await send(1, { isProbe: true });
  assert.equal((await send(2)).hold?.code, 'is_live_disagrees');
});

test('a row with an open intent is in flight: nothing is sent, and nothing is written', async (t) => {
  const { send, gateway, storage, resultsOf } = await openSending(t);
  await createIntent(storage.intents, shardRef, createIntentHead(1));
  assert.deepEqual(await send(1), { outcome: 'in_flight' });
  assert.deepEqual(await resultsOf(1), [undefined]);
  assert.equal(gateway.requests.length, 0);
});

test('a row that has ended returns its outcome again, and nothing is sent', async (t) => {
  const { send, gateway, storage } = await openSending(t);
  for (const [row, outcome] of [
    [1, 'tokenized'],
    [2, 'unknown'],
    [3, 'declined'],
    [4, 'charged_without_token'],
  ] as const) {
    const own = await createIntent(storage.intents, shardRef, createIntentHead(row));
    await own?.writeResult({ kind: 'final', answer: { ...longestAnswer, outcome } });
    assert.deepEqual(await send(row), { outcome });
  }
  assert.equal(gateway.requests.length, 0);
});

test('the next intent is created only after a result of not_processed', async (t) => {
  const { send, gateway, storage, resultsOf } = await openSending(t);
  for (const intent of [1, 2])
    await (await createIntent(storage.intents, shardRef, createIntentHead(1, intent)))?.writeResult(
      notProcessed,
    );
  assert.deepEqual(await send(1), { outcome: 'tokenized' });
  assert.equal(gateway.requests[0]?.merchantTxnRef, 'abcdefghijkl-p1-r1-n3');
  assert.equal((await resultsOf(1)).length, 3);
});

test('Temporal retries a request that was not processed when the gateway asked for it', async (t) => {
  const { send, gateway, resultsOf, rows } = await openSending(t, {
    gateway: createFakeGateway((_, sends) =>
      sends === 1 ? { kind: 'answered', status: 429, retryAfterMs: 20_000 } : paid,
    ),
  });
  const failure = await failureOf(send(1), rows);
  assert.deepEqual([failure.type, failure.nonRetryable], ['NotProcessed', false]);
  const delayMs = Number(failure.nextRetryDelay);
  assert.ok(delayMs >= 20_000 && delayMs <= 24_000, `${delayMs} ms`);
  assert.deepEqual(await resultsOf(1), [notProcessed]);
  const other = await failureOf(send(2), rows);
  assert.equal(other.type, 'SlotWait', 'the whole account waits as long as the gateway asked');
  const waitMs = Number(other.nextRetryDelay);
  assert.ok(waitMs >= 15_000 && waitMs <= 35_000, `${waitMs} ms`);
  assert.deepEqual(await resultsOf(2), []);
  assert.equal(gateway.requests.length, 1);
});

test('a row that the gateway refused is sent again under a new intent, once the retry delay is over', async (t) => {
  const { send, gateway, resultsOf, rows } = await openSending(t, {
    gateway: createFakeGateway((_, sends) =>
      sends === 1 ? { kind: 'answered', status: 429, retryAfterMs: 100 } : paid,
    ),
  });
  await failureOf(send(1), rows);
  assert.equal((await send(1, {}, 2)).outcome, 'tokenized');
  assert.deepEqual(
    gateway.requests.map(({ merchantTxnRef }) => merchantTxnRef),
    ['abcdefghijkl-p1-r1-n1', 'abcdefghijkl-p1-r1-n2'],
  );
  assert.equal((await resultsOf(1)).length, 2);
});

test('if the gateway names no delay, the wait doubles with each attempt, up to half a minute', async (t) => {
  const { send, rows } = await openSending(t, {
    gateway: createFakeGateway(() => ({ kind: 'not_connected', cause: 'refused' })),
  });
  for (const [attempt, leastMs] of [
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [6, 30_000],
    [400, 30_000],
  ] as const) {
    const delayMs = Number((await failureOf(send(1, {}, attempt), rows)).nextRetryDelay);
    assert.ok(delayMs >= leastMs && delayMs <= leastMs * 1.2, `attempt ${attempt}: ${delayMs} ms`);
  }
});

test('a gateway that asks for an immediate retry still gets a second', async (t) => {
  const { send, rows } = await openSending(t, {
    gateway: createFakeGateway(() => ({ kind: 'answered', status: 429, retryAfterMs: 0 })),
  });
  const delayMs = Number((await failureOf(send(1), rows)).nextRetryDelay);
  assert.ok(delayMs >= 1_000 && delayMs <= 1_200, `${delayMs} ms`);
});

test('if two runs of one row create their intent at once, one sends and the other finds the result', async (t) => {
  let looks = 0;
  let bothLooked: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    bothLooked = resolve;
  });
  const { send, gateway, resultsOf } = await openSending(t, {
    storage: (real) =>
      withIntents(real, {
        last: async (ref, row) => {
          const last = await real.intents.last(ref, row);
          looks += 1;
          if (looks === 2) bothLooked();
          await both;
          return last;
        },
      }),
  });
  const outcomes = (await Promise.all([send(1), send(1)])).map(({ outcome }) => outcome);
  assert.equal(gateway.requests.length, 1);
  assert.ok(outcomes.includes('tokenized'));
  assert.ok(outcomes.every((outcome) => outcome === 'tokenized' || outcome === 'in_flight'));
  assert.equal((await resultsOf(1)).length, 1);
});

test('ten runs of each of three rows at once send each row once', async (t) => {
  const { send, gateway } = await openSending(t);
  await Promise.all(Array.from({ length: 30 }, (_, index) => send((index % 3) + 1)));
  assert.deepEqual(gateway.requests.map(({ row }) => row.row).sort(), [1, 2, 3]);
});

test('in a sealed shard nothing is sent, and the intent records it', async (t) => {
  const { send, gateway, storage, resultsOf, rows } = await openSending(t);
  await storage.intents.seal(shardRef, 'complete');
  const failure = await failureOf(send(1), rows);
  assert.deepEqual([failure.type, failure.nonRetryable], ['ShardSealed', true]);
  assert.deepEqual(await resultsOf(1), [{ kind: 'not_processed', cause: 'shard sealed' }]);
  assert.equal(gateway.requests.length, 0);
});

test('a process that stops for six seconds after its intent sends nothing, and retries at once', async (t) => {
  let nowMs = 1_000_000;
  const { send, gateway, resultsOf, rows } = await openSending(t, {
    nowMs: () => nowMs,
    storage: (real) =>
      withIntents(real, {
        create: async (ref, head) => {
          const own = await real.intents.create(ref, head);
          if (head.intent === 1) nowMs += 6_000;
          return own;
        },
      }),
  });
  const failure = await failureOf(send(1), rows);
  assert.deepEqual([failure.type, Number(failure.nextRetryDelay ?? 0)], ['NotProcessed', 0]);
  assert.equal(gateway.requests.length, 0);
  assert.deepEqual(await resultsOf(1), [{ kind: 'not_processed', cause: 'not sent' }]);
  assert.deepEqual(await send(1), { outcome: 'tokenized' });
});

test('a wait of more than ten seconds for the rate goes back to Temporal, without an intent', async (t) => {
  const { send, gateway, resultsOf, rows } = await openSending(t, { record: { ratePerS: 0.05 } });
  await send(1);
  const failure = await failureOf(send(2), rows);
  assert.equal(failure.type, 'SlotWait');
  assert.ok(Number(failure.nextRetryDelay) > 10_000 && Number(failure.nextRetryDelay) <= 20_100);
  assert.deepEqual(await resultsOf(2), []);
  assert.equal(gateway.requests.length, 1);
});

test('a cancelled row that waits for the rate creates no intent; one in flight runs to its end', async (t) => {
  let finish: (value: typeof paid) => void = () => undefined;
  let begun: () => void = () => undefined;
  const isUnderWay = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { start, resultsOf } = await openSending(t, {
    record: { concurrency: 1 },
    gateway: createFakeGateway(() => {
      begun();
      return new Promise((resolve) => {
        finish = resolve;
      });
    }),
  });
  const inFlight = start(1);
  await isUnderWay;
  const waiting = start(2);
  waiting.cancel();
  inFlight.cancel();
  await assert.rejects(waiting.result, CancelledFailure);
  finish(paid);
  assert.deepEqual(await inFlight.result, { outcome: 'tokenized' });
  assert.deepEqual(await resultsOf(2), []);
  assert.equal((await resultsOf(1))[0]?.kind, 'final');
});

test('a probe reports whether its answer could be read', async (t) => {
  const { send } = await openSending(t, {
    gateway: createFakeGateway(({ row }) => {
      if (row.row === 1) return paid;
      if (row.row === 2)
        return { kind: 'answered', status: 200, answer: { success: false, responseCode: 51 } };
      return row.row === 3 ? { kind: 'no_answer', cause: 'timeout' } : { kind: 'answered', status: 406 };
    }),
  });
  assert.deepEqual(await send(1, { isProbe: true }), { outcome: 'tokenized', isRead: true });
  assert.deepEqual(await send(2, { isProbe: true }), { outcome: 'declined', isRead: true });
  assert.deepEqual(await send(3, { isProbe: true }), { outcome: 'unknown' });
  assert.deepEqual(await send(4, { isProbe: true }), { outcome: 'declined' });
  // If the send is repeated, the intent returns the gateway's answer.
  assert.deepEqual(await send(1, { isProbe: true }), { outcome: 'tokenized', isRead: true });
});

test('a row that is not staged is never sent', async (t) => {
  const rows = [createSendableRow(1)];
  const { send, gateway } = await openSending(t, { rows });
  for (const row of [2, 501]) {
    assert.equal((await holdOf(send(row), rows)).code, 'storage_failed');
  }
  const failure = await failureOf(send(0), rows);
  assert.deepEqual([failure.type, failure.nonRetryable], ['InvalidInput', true], 'no file has a row 0');
  assert.equal(gateway.requests.length, 0);
});

test('a worker that is set up for something else gives the row to another one', async (t) => {
  const { send, gateway, rows, resultsOf } = await openSending(t, { targetFingerprint: 'another gateway' });
  const failure = await failureOf(send(1), rows);
  assert.deepEqual([failure.type, failure.nonRetryable], ['WrongTarget', false]);
  assert.deepEqual(await resultsOf(1), []);
  assert.equal(gateway.requests.length, 0);
});

test('over HTTP, a gateway that repeats the card leaves no trace of it in intents and results', async (t) => {
  const simulator = createSimulator();
  const { baseUrl } = await simulator.listen(0);
  const gateway = createPaymentOptionsGateway({
    baseUrl,
    authorization: 'Basic simulator',
    apiKey: 'simulator',
  });
  t.after(async () => {
    await gateway.close();
    await simulator.close();
  });
  const cardNumber = generatedCardNumber(1, 'pan-echo');
  const { send, resultsOf } = await openSending(t, { gateway, rows: [createSendableRow(1, { cardNumber })] });
  const result = await send(1);
  assert.equal(result.outcome, 'tokenized');
  const kept = JSON.stringify([result, await resultsOf(1)]);
  assert.ok(!kept.includes(cardNumber), 'the card is not kept');
  // Without a message, Node 20 searches the source for one, which may never end under tsx.
  assert.ok(
    kept.includes(simulator.ledger().charges[0]?.storedPaymentMethodId ?? 'no token'),
    'the token is kept',
  );
  assert.equal(simulator.stats().charges, 1);
});

test('the intent result of a decline holds the gateway’s codes and messages for the reader of the results', async (t) => {
  const { send, resultsOf } = await openSending(t, {
    gateway: createFakeGateway(() => ({
      kind: 'answered',
      status: 200,
      answer: {
        success: false,
        responseCode: 51,
        gatewayCode: 'ERR2001',
        gatewayMessage: 'Insufficient funds.',
      },
    })),
  });
  assert.deepEqual(await send(1), { outcome: 'declined' });
  const [end] = await resultsOf(1);
  assert.ok(end?.kind === 'final');
  assert.equal(end.answer.errorCode, 'declined_soft');
  assert.equal(end.answer.message, 'ERR2001, response code 51, Insufficient funds.');
  assert.equal(end.answer.isCharged, undefined);
});
