/* Runs tokenizeRow as a worker would: over a storage in a folder of its own, a gateway, a pacer, and a clock. */
import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { ForeignErrorInterceptor } from '../../src/activities/failures.ts';
import type { TokenizeRowInput, TokenizeRowResult } from '../../src/contract/activities.ts';
import type { HoldReason } from '../../src/contract/hold.ts';
import type { SendableRow } from '../../src/domain/staged-row.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createPacer, type Pacer } from '../../src/pace/pacer.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';
import type { NoteEnd, Storage } from '../../src/storage/storage.ts';
import { batchId, binding, createSendableRow, stageRows } from './batches.ts';
import { shardRef } from './notes.ts';
import { createFakeGateway } from './sends.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

export interface SendingOptions<G extends Gateway> {
  readonly gateway?: G;
  readonly rows?: readonly SendableRow[];
  readonly record?: Partial<BatchRecord>;
  /** What the worker sees in the place of the real storage. */
  readonly storage?: (real: Storage) => Storage;
  readonly nowMs?: () => number;
  readonly binding?: string;
  /** In the place of the worker's own, or around it. */
  readonly pacer?: Pacer | ((real: Pacer) => Pacer);
  /** Whether an answer may wait, in the place of what the pacer knows of it; absent: it may not. */
  readonly hasRowsFor?: Pacer['hasRowsFor'];
}

/** A staged batch and a worker for it. */
export async function openSending<G extends Gateway = ReturnType<typeof createFakeGateway>>(
  test: Parameters<typeof createTemporaryFolder>[0],
  options: SendingOptions<G> = {},
) {
  const real = await openLocalStorage(await createTemporaryFolder(test));
  const rows = options.rows ?? Array.from({ length: 20 }, (_, index) => createSendableRow(index + 1));
  const { operatorKey, record } = await stageRows(real, rows, options.record);
  const gateway = (options.gateway ?? createFakeGateway()) as G;
  const { tokenizeRow, closeShard } = createActivities({
    storage: options.storage?.(real) ?? real,
    operatorKey,
    gateway,
    pacer: pacerOf(options, real),
    binding: options.binding ?? binding,
    maker: 'host 1',
    versions: {},
    nowMs: options.nowMs ?? Date.now,
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
  return {
    storage: real,
    record,
    operatorKey,
    rows,
    gateway,
    start,
    send: (row: number, input: Partial<TokenizeRowInput> = {}, attempt = 1) =>
      start(row, input, attempt).result,
    close: (isCancelled?: true) =>
      new MockActivityEnvironment({ attempt: 1 }).run(closeShard, {
        ...{ batchId, pass: 1, shard: 1 },
        ...(isCancelled === undefined ? {} : { isCancelled }),
      }),
    /** The ends of a row's notes in order; undefined for an open one. */
    endsOf: async (row: number): Promise<(NoteEnd | undefined)[]> =>
      (await real.notes.list(shardRef)).filter(({ head }) => head.row === row).map(({ end }) => end),
  };
}

/** The failure that a run ends with. Checks that no card number of the rows stands anywhere in it. */
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

function pacerOf({ pacer, hasRowsFor }: SendingOptions<Gateway>, storage: Storage): Pacer {
  if (typeof pacer === 'object') return pacer;
  const real = withoutNews(createPacer({ ...storage, binding }), hasRowsFor);
  return pacer?.(real) ?? real;
}

/** The first answer of a batch tells of how many rows is use, and how many wait; it says nothing about the row. */
function withoutNews(pacer: Pacer, hasRowsFor: Pacer['hasRowsFor'] = () => false): Pacer {
  return {
    enter: (...input) => pacer.enter(...input),
    refused: (refusal) => pacer.refused(refusal),
    stop: () => pacer.stop(),
    lanesNews: () => undefined,
    hasRowsFor,
  };
}
