/* The shapes of the inputs, signals and updates of workflows. */
import { holdCodes } from './hold.ts';
import { parseBatchId } from './ids.ts';
import { rowOutcomes } from './outcome.ts';
import {
  anyNumber,
  count,
  type Fields,
  filledText,
  flag,
  listOf,
  numberFromZero,
  object,
  oneOf,
  optional,
  percent,
  positiveNumber,
  type Shape,
  text,
  wholeNumber,
} from './shapes.ts';
import type { ShardReport, ShardSteering } from './shard-messages.ts';

export const batchId: Shape = {
  must: 'a batch id, like cardlift/MERCHANT/NAME',
  is: (value) => typeof value === 'string' && parseBatchId(value) !== undefined,
};
export const runs: Shape = {
  must: 'a list of runs [first, last] of whole numbers from 1',
  is: (value) =>
    Array.isArray(value) &&
    value.every((run: unknown) => Array.isArray(run) && run.length === 2 && run.every(count.is)),
};
export const outcomeCounts: Shape = object(
  Object.fromEntries(rowOutcomes.map((outcome) => [outcome, optional(wholeNumber)])),
);
export const hold: Shape = object({ code: oneOf(...holdCodes), text, count: wholeNumber });
export const sendWindow: Shape = object({
  fromMinute: wholeNumber,
  toMinute: wholeNumber,
  timeZone: filledText,
});
export const limitsChange: Shape = object({
  change: anyNumber,
  ratePerS: optional(positiveNumber),
  concurrency: optional(count),
  who: text,
  at: text,
  reason: optional(text),
});

const carried: Shape = object({
  startedAtMs: anyNumber,
  rows: wholeNumber,
  sendableRows: wholeNumber,
  shards: wholeNumber,
  nextShard: count,
  shardRuns: optional(runs),
  counts: outcomeCounts,
  isProbeAnswered: flag,
  isPaused: flag,
  hold: optional(hold),
  holdGeneration: wholeNumber,
  limitsChange: optional(limitsChange),
  effectiveConcurrency: optional(numberFromZero),
  canaryRows: optional(count),
  tolerancePercent: percent,
  notices: optional(wholeNumber),
  toleratedFrom: outcomeCounts,
  lastOpening: optional(numberFromZero),
});

const activitySettings: Fields = {
  activityQueue: filledText,
  gatewayTimeoutMs: positiveNumber,
  heartbeatTimeoutMs: optional(positiveNumber),
};

export const migrateBatchInput: Shape = object({
  batchId,
  pass: count,
  ...activitySettings,
  ratePerS: optional(positiveNumber),
  concurrency: optional(count),
  limitsChange: optional(limitsChange),
  isLive: flag,
  hasSearchAttributes: flag,
  canaryRows: optional(count),
  tolerancePercent: optional(percent),
  hasNotices: optional(flag),
  window: optional(sendWindow),
  closesOnly: optional(flag),
  shardsPerRun: count,
  carried: optional(carried),
});

const steering: Shape = object({
  go: oneOf('stop', 'probe', 'all'),
  concurrency: numberFromZero,
  holdGeneration: wholeNumber,
  rowsAllowed: optional(anyNumber),
  tolerancePercent: percent,
  ask: optional(wholeNumber),
  version: optional(wholeNumber),
  run: optional(text),
});

/** What the batch knows of the openings of its shards. */
export const openings: Fields = { lastOpening: optional(numberFromZero), wasOpened: optional(flag) };

export const unwritten: Shape = object({ row: count, intent: count, answer: object({ outcome: text }) });

export const migrateShardInput: Shape = object({
  batchId,
  pass: count,
  shard: count,
  ...openings,
  before: optional(object({ answered: optional(runs), unwritten: optional(listOf(unwritten)) })),
  startId: optional(text),
  ...activitySettings,
  steering,
});

export const notice: Shape = object({
  event: oneOf('start', 'hold', 'end'),
  batchId,
  pass: count,
  rows: wholeNumber,
});
export const noticeWorkflowInput: Shape = object({ batchId, activityQueue: filledText, notice });

export function isShardSteering(value: unknown): value is ShardSteering {
  return steering.is(value);
}

const newsByKind: Readonly<Record<ShardReport['kind'], Fields>> = {
  probe_answered: {},
  drained: {},
  hold: { hold },
  counts: { counts: outcomeCounts, ask: optional(wholeNumber) },
  concurrency: { concurrency: numberFromZero },
};
const reportHead = object({
  kind: oneOf(...Object.keys(newsByKind)),
  shard: count,
  holdGeneration: wholeNumber,
  startId: optional(text),
  opening: optional(numberFromZero),
});
const newsShapes = Object.fromEntries(
  Object.entries(newsByKind).map(([kind, fields]) => [kind, object(fields)]),
);

export function isShardReport(value: unknown): value is ShardReport {
  return reportHead.is(value) && newsShapes[(value as ShardReport).kind]?.is(value) === true;
}

/** Who sends an update, and why. One that was sent by hand may leave both out. */
const caller: Fields = { who: optional(text), reason: optional(text) };
const orNull = (shape: Shape): Shape => ({
  must: `${shape.must}, or null`,
  is: (value) => value === null || shape.is(value),
});

/** `pause`, `resume` and `approve`: also without any input. */
export const plainControl: Shape = {
  must: 'an object',
  is: (value) => value === undefined || value === null || object(caller).is(value),
  faultOf: (value) => object(caller).faultOf?.(value),
};
// The ranges have messages of their own.
export const setRateInput: Shape = object({ ratePerS: orNull(anyNumber), ...caller });
export const setConcurrencyInput: Shape = object({ concurrency: orNull(anyNumber), ...caller });
export const setToleranceInput: Shape = object({ percent: anyNumber, ...caller });
