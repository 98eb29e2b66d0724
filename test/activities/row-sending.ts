/*
 * Runs tokenizeRow as a worker does: with a storage in its own folder, a gateway, a rate limiter
 * and a clock.
 */

import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { ForeignErrorInterceptor } from '../../src/activities/failures.ts';
import type {
  CloseShardInput,
  CloseUnsentShardsInput,
  OpenShardInput,
  TokenizeRowInput,
  TokenizeRowResult,
} from '../../src/contract/activities.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import { definedOf } from '../../src/domain/defined.ts';
import type { SendableRow } from '../../src/domain/staged-row.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createRateLimiter, type RateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { IntentResult, Storage } from '../../src/storage/storage.ts';
import { batchId, createSendableRow, stageRows, targetFingerprint } from '../support/batches.ts';
import { shardRef } from '../support/intents.ts';
import { createFakeGateway } from '../support/sends.ts';
import { testKey } from '../support/storage-key.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

export interface SendingOptions<G extends Gateway> {
  readonly gateway?: G;
  readonly rows?: readonly SendableRow[];
  readonly record?: Partial<BatchRecord>;
  /** The storage that the worker sees instead of the real one. */
  readonly storage?: (real: Storage) => Storage;
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  readonly targetFingerprint?: string;
  /** Replaces or wraps the worker's own rate limiter. */
  readonly rateLimiter?: RateLimiter | ((real: RateLimiter) => RateLimiter);
  /** Whether an answer may wait, instead of what the rate limiter says. Absent: it may not. */
  readonly hasRowsFor?: RateLimiter['hasRowsFor'];
}

/** A staged batch and a worker for it. */
export async function openSending<G extends Gateway = ReturnType<typeof createFakeGateway>>(
  test: Parameters<typeof createTemporaryFolder>[0],
  options: SendingOptions<G> = {},
) {
  const real = await openLocalStorage(await createTemporaryFolder(test), testKey);
  const rows = options.rows ?? Array.from({ length: 20 }, (_, index) => createSendableRow(index + 1));
  const { operatorKey, record } = await stageRows(real, rows, options.record);
  const gateway = (options.gateway ?? createFakeGateway()) as G;
  const { tokenizeRow, openShard, closeShard, closeUnsentShards } = createActivities({
    storage: options.storage?.(real) ?? real,
    operatorKey,
    gateway,
    rateLimiter: rateLimiterOf(options, real),
    targetFingerprint: options.targetFingerprint ?? targetFingerprint,
    owner: 'host 1',
    versions: {},
    nowMs: options.nowMs ?? Date.now,
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
  });
  const start = (row: number, input: Partial<TokenizeRowInput> = {}, attempt = 1) => {
    const environment = new MockActivityEnvironment(
      { attempt },
      { interceptors: [() => ({ inbound: new ForeignErrorInterceptor() })] },
    );
    const result: Promise<TokenizeRowResult> = environment.run(tokenizeRow, {
      batchId,
      pass: 1,
      row,
      ...input,
    });
    return { result, cancel: () => environment.cancel() };
  };
  const run = <Input, Result>(act: (input: Input) => Promise<Result>, input: Input): Promise<Result> =>
    new MockActivityEnvironment(
      { attempt: 1 },
      { interceptors: [() => ({ inbound: new ForeignErrorInterceptor() })] },
    ).run(act, input);
  return {
    storage: real,
    record,
    operatorKey,
    rows,
    gateway,
    start,
    send: (row: number, input: Partial<TokenizeRowInput> = {}, attempt = 1) =>
      start(row, input, attempt).result,
    open: (input: Partial<OpenShardInput> = {}) => run(openShard, { ...shardRef, ...input }),
    closeUnsent: (input: Partial<CloseUnsentShardsInput> = {}) =>
      run(closeUnsentShards, { batchId, pass: 1, fromShard: 1, ...input }),
    close: (isCancelled?: true, input: Partial<CloseShardInput> = {}) =>
      run(closeShard, { ...shardRef, ...definedOf({ isCancelled }), ...input }),
    /** The results of a row's intents in order; undefined for an open one. */
    resultsOf: async (row: number): Promise<(IntentResult | undefined)[]> =>
      (await real.intents.list(shardRef)).filter(({ head }) => head.row === row).map(({ result }) => result),
  };
}

/** The failure that a run ends with. Asserts that it contains no card number of the rows. */
export async function failureOf(
  run: Promise<unknown>,
  rows: readonly SendableRow[],
): Promise<ApplicationFailure> {
  const error = await run.then(
    () => assert.fail('The activity did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApplicationFailure, String(error));
  const words = [
    error.message,
    error.type,
    error.stack,
    JSON.stringify(error.details),
    String(error.cause),
  ].join(' ');
  for (const { cardNumber } of rows) assert.ok(!words.replace(/[ -]/g, '').includes(cardNumber));
  assert.equal(error.cause, undefined);
  return error;
}

/** The reason of a failure that makes the batch hold. */
export async function holdOf(run: Promise<unknown>, rows: readonly SendableRow[]): Promise<HoldReason> {
  const failure = await failureOf(run, rows);
  assert.deepEqual([failure.type, failure.nonRetryable], ['BatchHold', true]);
  return (failure.details as [HoldReason])[0];
}

function rateLimiterOf({ rateLimiter, hasRowsFor }: SendingOptions<Gateway>, storage: Storage): RateLimiter {
  if (typeof rateLimiter === 'object') return rateLimiter;
  const real = withoutNews(createRateLimiter({ ...storage, targetFingerprint }), hasRowsFor);
  return rateLimiter?.(real) ?? real;
}

/**
 * The first answer of a batch reports useful and waiting row counts; it says nothing about the row.
 */
function withoutNews(
  rateLimiter: RateLimiter,
  hasRowsFor: RateLimiter['hasRowsFor'] = () => false,
): RateLimiter {
  return {
    enter: (...input) => rateLimiter.enter(...input),
    refused: (refusal) => rateLimiter.refused(refusal),
    stop: () => rateLimiter.stop(),
    concurrencyUpdate: () => undefined,
    hasRowsFor,
  };
}
