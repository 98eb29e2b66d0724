/*
 * The send protocol: how one row is sent at most once, and its answer is never lost.
 *
 *   1. Look at the row's last intent. a result with an outcome: return it. An open intent: `unknown`, since its owner may have
 *      sent it, and may still write. Only an result `not_processed` (or no intent) goes on. In a pass after the first, look at
 *      the earlier passes too, outcomes and intents: only a row that certainly was not charged goes on.
 *   2. Wait for the rate limiter. A long wait is given back to Temporal.
 *   3. Make the next intent, exclusively and durably. Made by somebody else meanwhile: back to 1. Not durable: nothing is
 *      sent and the batch holds. The shard sealed since, or the intent stale (this process was stopped): end it
 *      `not_processed`, send nothing.
 *   4. POST once.
 *   5. The verdict, a pure function.
 *   6. Write the end, durably, into the intent; then return, at a limited rate with the next beat. Where that fails the outcome goes to the workflow in full.
 *
 *   7. Keep the bytes of an answer that a person may have to read, encrypted. A failure here changes nothing.
 *
 * A process that dies between 3 and 6 leaves an open intent; whoever comes next stops at 1. So whatever Temporal does with
 * this activity (times it out, runs it twice, runs it on two workers), the row is sent by the owner of one intent only.
 */

import { Context } from '@temporalio/activity';
import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { RowOutcome } from '../contract/outcome.ts';
import { definedOf } from '../domain/defined.ts';
import type { HoldMonitor } from '../domain/hold-rules.ts';
import { shardOf } from '../domain/shard-plan.ts';
import type { SendableRow } from '../domain/staged-row.ts';
import { merchantTxnRefOf } from '../domain/txn-ref.ts';
import type { Exchange } from '../gateway/exchange.ts';
import type { Permit } from '../rate-limit/admission/permit.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import type { ShardRef } from '../storage/storage.ts';
import type { AnswerKeeper } from './answer-keeper.ts';
import type { BatchAccess } from './batch-access.ts';
import { waitForCompletionBatch } from './completion-batching.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold, notProcessed, shardSealed } from './failures.ts';
import type { HoldMonitors } from './hold-monitors.ts';
import { intentDeadlineMs, staleIntentMs } from './intent-deadline.ts';
import { retryDelayMs } from './retry-delay.ts';
import { rowAnswerOf, rowResultOf } from './row-answers.ts';
import { holdOfAnswer, setUpWrong } from './row-holds.ts';
import { createRowIntent, type RowIntent } from './row-intent.ts';
import { refuseOnHold, waitForPermit, waitForSlot } from './row-permit.ts';

/** A row that takes longer than this tells Temporal so, and learns of a cancellation; the usual row never does. */
const heartbeatEveryMs = 2_500;

/** Everything about one send. */
interface Send {
  readonly input: TokenizeRowInput;
  readonly ref: ShardRef;
  readonly row: SendableRow;
  readonly record: BatchRecord;
  readonly dataKey: Uint8Array;
  readonly keep: AnswerKeeper;
  readonly monitor: HoldMonitor;
  /** What the row is by its earlier passes, where that is a reason not to send it. */
  priorOutcome(): Promise<RowOutcome | undefined>;
}

/** The activity that sends one row. */
export function createTokenizeRow(
  deps: ActivityDeps,
  openBatch: BatchAccess,
  monitors: HoldMonitors,
  keep: AnswerKeeper,
) {
  return async function tokenizeRow(input: TokenizeRowInput): Promise<TokenizeRowResult> {
    const context = Context.current();
    const heartbeat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
    try {
      const batch = await openBatch(input.batchId);
      const shard = shardOf(input.row);
      const rows = await batch.rowsOfShard(input.pass, shard);
      const inPlace = rows[input.row - (rows[0]?.row ?? 0)];
      const row = inPlace?.row === input.row ? inPlace : rows.find(({ row }) => row === input.row);
      if (row?.kind !== 'sendable') {
        throw batchHold({
          code: 'storage_failed',
          text: `Row ${input.row} is missing from staging`,
          count: 1,
        });
      }
      const result = await sendOnce(deps, {
        input,
        ref: { batchId: input.batchId, pass: input.pass, shard },
        row,
        record: batch.record,
        dataKey: batch.dataKey,
        keep,
        // A pass begins with no hold behind it, whatever ended the one before.
        monitor: monitors(`${input.batchId} ${input.pass}`, input.holdGeneration ?? 0),
        priorOutcome: async () =>
          input.pass === 1 ? undefined : await (await batch.laterPass(input.pass)).priorOutcomeOf(input.row),
      });
      const isUrgent = result.hold !== undefined || input.isProbe === true;
      if (!isUrgent) await waitForCompletionBatch(deps.rateLimiter, input.batchId, deps.nowMs());
      return result;
    } finally {
      clearInterval(heartbeat);
    }
  };
}

async function sendOnce(deps: ActivityDeps, send: Send): Promise<TokenizeRowResult> {
  for (;;) {
    const last = await deps.storage.intents.last(send.ref, send.row.row);
    if (last !== undefined && last.result === undefined) return { outcome: 'unknown' };
    if (last?.result?.kind === 'final') return rowResultOf(send.input, last.result.answer);
    const permit = await waitForPermit(deps.rateLimiter, send.record, send.monitor);
    try {
      const priorOutcome = await send.priorOutcome();
      if (priorOutcome !== undefined) return { outcome: priorOutcome };
      const intent = await createIntent(deps, send, (last?.head.intent ?? 0) + 1);
      if (intent !== undefined) return await sendUnderIntent(deps, send, permit, intent);
    } finally {
      permit.release();
    }
  }
}

async function createIntent(deps: ActivityDeps, send: Send, intent: number): Promise<RowIntent | undefined> {
  const { record, row, input, ref, monitor } = send;
  const createdAtMs = deps.nowMs();
  return await createRowIntent(
    { storage: deps.storage, ref, monitor },
    {
      row: row.row,
      intent,
      merchantTxnRef: merchantTxnRefOf(record.tag, input.pass, row.row, intent),
      owner: deps.owner,
      createdAtMs,
      deadlineMs: intentDeadlineMs(createdAtMs, record.gatewayTimeoutMs),
    },
  );
}

async function sendUnderIntent(
  deps: ActivityDeps,
  send: Send,
  permit: Permit,
  intent: RowIntent,
): Promise<TokenizeRowResult> {
  const { record, dataKey, row, ref, monitor, input } = send;
  // Once is enough: a shard that is sealed after this has the intent before it, and waits for its end.
  if (await intent.isSealed()) {
    await intent.notProcessed('shard sealed');
    throw shardSealed(ref.shard);
  }
  await waitForSlot(permit, intent, monitor);
  // Nothing is awaited between these checks and the POST.
  if (deps.nowMs() - intent.head.createdAtMs > staleIntentMs || monitor.hold !== undefined) {
    await intent.notProcessed('not sent');
    refuseOnHold(monitor);
    throw notProcessed('the intent had become old', 0);
  }
  const sequence = monitor.begin();
  let sentAtMs = deps.nowMs();
  const { exchange, verdict } = await deps.gateway.tokenize({
    row,
    merchantId: record.merchantId,
    merchantTxnRef: intent.head.merchantTxnRef,
    timeoutMs: record.gatewayTimeoutMs,
    onSending: () => {
      sentAtMs = deps.nowMs();
      permit.sent();
    },
  });
  permit.answered();
  switch (verdict.kind) {
    case 'not_processed':
      if (exchange.kind === 'answered' && isAboutRate(exchange)) {
        const { retryAfterMs } = exchange;
        deps.rateLimiter.refused({
          sentAtMs,
          cause: verdict.cause,
          ...definedOf({ retryAfterMs }),
        });
      }
      await intent.notProcessed(verdict.cause);
      throw notProcessed(
        verdict.cause,
        retryDelayMs(Context.current().info.attempt, verdict.retryAfterMs, Math.random()),
      );
    case 'set_up_wrong':
      await intent.notProcessed(
        verdict.fault.kind === 'tls' ? 'TLS refused' : `HTTP ${verdict.fault.status}`,
      );
      throw batchHold(monitor.stop(setUpWrong(verdict.fault, exchange, deps.gateway.settingNames)));
    case 'final': {
      const answer = rowAnswerOf(
        verdict,
        exchange,
        intent.head.merchantTxnRef,
        new Date(deps.nowMs()).toISOString(),
      );
      const hold = holdOfAnswer(monitor, sequence, verdict, answer, record.isLive);
      const unwrittenFor = await intent.tryWriteResult({ kind: 'final', answer });
      await send.keep({ batchId: input.batchId, dataKey, exchange, answer });
      if (unwrittenFor !== undefined) {
        const unwritten = { row: input.row, intent: intent.head.intent, answer };
        return { outcome: answer.outcome, hold: unwrittenFor, unwritten };
      }
      const concurrency = deps.rateLimiter.concurrencyUpdate(input.batchId);
      return {
        ...rowResultOf(input, answer),
        ...definedOf({ concurrency, hold }),
      };
    }
  }
}

/**
 * A gateway that is asked too much says so to the account. A 503 says that this request met a bad moment: with one in a
 * hundred of them, an account that paused and slowed for each would come to a crawl.
 */
function isAboutRate({ status }: Extract<Exchange, { kind: 'answered' }>): boolean {
  return status === 429;
}
