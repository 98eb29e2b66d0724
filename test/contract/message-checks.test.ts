import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { activityInputs } from '../../src/contract/activity-checks.ts';
import {
  isShardReport,
  isShardSteering,
  migrateBatchInput,
  migrateShardInput,
  plainControl,
  setRateInput,
} from '../../src/contract/message-checks.ts';
import { faultIn } from '../../src/contract/shapes.ts';

const batch = {
  batchId: 'cardlift/merchant/batch',
  pass: 1,
  activityQueue: 'queue',
  gatewayTimeoutMs: 1_000,
  isLive: false,
  hasSearchAttributes: false,
  shardsPerRun: 100,
};
const steering = { go: 'all', concurrency: 2, holdGeneration: 0, tolerancePercent: 20 };
const shard = {
  batchId: batch.batchId,
  pass: 1,
  shard: 1,
  activityQueue: 'queue',
  gatewayTimeoutMs: 1_000,
  steering,
};

test('inputs as Cardlift writes them pass, also with fields of a later version', () => {
  assert.equal(faultIn(migrateBatchInput, { ...batch, ratePerS: 2.5, newer: {} }), undefined);
  assert.equal(faultIn(migrateShardInput, shard), undefined);
});

for (const [change, fault] of [
  [{ pass: '../../x' }, 'pass must be a whole number from 1'],
  [{ pass: '1' }, 'pass must be a whole number from 1'],
  [{ pass: 0 }, 'pass must be a whole number from 1'],
  [{ pass: 1.5 }, 'pass must be a whole number from 1'],
  [{ pass: 2 ** 53 }, 'pass must be a whole number from 1'],
  [{ batchId: 'cardlift/../x' }, 'batchId must be a batch id, like cardlift/MERCHANT/NAME'],
  [{ batchId: undefined }, 'batchId must be a batch id, like cardlift/MERCHANT/NAME'],
  [{ activityQueue: '' }, 'activityQueue must be a text that is not empty'],
  [{ shardsPerRun: 0 }, 'shardsPerRun must be a whole number from 1'],
  [{ gatewayTimeoutMs: '60s' }, 'gatewayTimeoutMs must be a number above 0'],
  [{ tolerancePercent: 101 }, 'tolerancePercent must be a percentage from 0 to 100'],
  [{ window: { fromMinute: 0, toMinute: 1 } }, 'window: timeZone must be a text that is not empty'],
  [{ carried: { rows: 'many' } }, 'carried: startedAtMs must be a number'],
] as const) {
  test(`the input of a batch with ${JSON.stringify(change)} is refused, and the fault names the field`, () => {
    assert.equal(faultIn(migrateBatchInput, { ...batch, ...change }), fault);
  });
}

test('an input that is no object is refused', () => {
  for (const input of [undefined, null, 'x', 1, [], [batch]]) {
    assert.equal(faultIn(migrateBatchInput, input), 'it must be an object');
  }
});

test('no fault quotes the value', () => {
  const cell = '4111111111111111';
  const fault = faultIn(migrateBatchInput, { ...batch, pass: cell, batchId: cell }) ?? '';
  assert.ok(fault !== '' && !fault.includes(cell));
});

test('a signal passes only if it is complete and of a known kind', () => {
  const head = { shard: 1, holdGeneration: 0 };
  const good = [
    { ...head, kind: 'probe_answered' },
    { ...head, kind: 'drained' },
    { ...head, kind: 'counts', counts: { tokenized: 3 }, ask: 1 },
    { ...head, kind: 'hold', hold: { code: 'set_up_wrong', text: 'why', count: 1 } },
    { ...head, kind: 'concurrency', concurrency: 7 },
  ];
  for (const report of good) assert.ok(isShardReport(report), report.kind);
  const bad: readonly unknown[] = [
    undefined,
    null,
    'drained',
    {},
    { kind: 'drained' },
    { ...head, kind: 'other' },
    { ...head, kind: 'toString' },
    { ...head, shard: '1', kind: 'drained' },
    { ...head, kind: 'counts' },
    { ...head, kind: 'counts', counts: { tokenized: -1 } },
    { ...head, kind: 'hold', hold: { code: 'no_such_code', text: 'why', count: 1 } },
    { ...head, kind: 'concurrency', concurrency: 'all' },
  ];
  for (const report of bad) assert.ok(!isShardReport(report), JSON.stringify(report));
  assert.ok(isShardSteering(steering));
  for (const change of [{ go: 'run' }, { concurrency: null }, { holdGeneration: '1' }, { version: -1 }]) {
    assert.ok(!isShardSteering({ ...steering, ...change }), JSON.stringify(change));
  }
});

test('a control may come without an input, or from an unnamed caller, but with nothing else in its place', () => {
  for (const input of [undefined, null, {}, { who: 'mia@desk', reason: 'why' }]) {
    assert.equal(faultIn(plainControl, input), undefined);
  }
  assert.equal(faultIn(plainControl, { who: 5 }), 'who must be a text');
  assert.equal(faultIn(plainControl, 'now'), 'it must be an object');
  assert.equal(faultIn(setRateInput, { ratePerS: '5' }), 'ratePerS must be a number, or null');
  assert.equal(faultIn(setRateInput, { ratePerS: null }), undefined);
});

test('activities refuse a pass, a shard or a row that is not a whole number from 1', () => {
  const good = { batchId: batch.batchId, pass: 1, shard: 1, row: 1, fromShard: 1, isCancelled: false };
  for (const [name, field] of [
    ['stageBatch', 'pass'],
    ['openShard', 'shard'],
    ['tokenizeRow', 'row'],
    ['closeShard', 'shard'],
    ['closeUnsentShards', 'fromShard'],
    ['publishResults', 'pass'],
  ] as const) {
    assert.equal(faultIn(activityInputs[name], good), undefined, name);
    for (const wrong of ['../../x', 0, -1, 0.5, null, Number.NaN]) {
      assert.equal(
        faultIn(activityInputs[name], { ...good, [field]: wrong }),
        `${field} must be a whole number from 1`,
        name,
      );
    }
  }
});

test('every recorded input and signal passes', () => {
  const folder = new URL('../replay/histories/', import.meta.url);
  let checked = 0;
  const inputOf = (attributes: { input?: { payloads?: { data: string }[] } } | undefined): unknown =>
    JSON.parse(Buffer.from(attributes?.input?.payloads?.[0]?.data ?? '', 'base64').toString('utf8'));
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const { events } = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    for (const event of events) {
      const start = event.workflowExecutionStartedEventAttributes;
      const activity = event.activityTaskScheduledEventAttributes;
      const shapes: Readonly<Record<string, (typeof activityInputs)['openShard']>> = {
        migrateBatchWorkflow: migrateBatchInput,
        migrateShardWorkflow: migrateShardInput,
        ...activityInputs,
      };
      const signal = event.workflowExecutionSignaledEventAttributes;
      if (signal !== undefined) {
        const isRight = signal.signalName === 'steer' ? isShardSteering : isShardReport;
        assert.ok(isRight(inputOf(signal)), `${name}, event ${event.eventId}`);
      }
      const given = start ?? activity;
      const shape = shapes[start?.workflowType?.name ?? activity?.activityType?.name];
      if (shape === undefined) continue;
      checked += 1;
      assert.equal(faultIn(shape, inputOf(given)), undefined, `${name}, event ${event.eventId}`);
    }
  }
  assert.ok(checked > 100, `${checked} inputs`);
});
