/*
 * The send protocol: how one row is sent at most once, and how its answer is never lost.
 *
 *   1. Look at the row's last intent. It has a result with an outcome: return that. It is open:
 *      return `in_flight`, since its owner may have sent the row, and may still write; the closing
 *      of the shard decides. It was altered: the batch holds. Only a result `not_processed`, or no
 *      intent, continues. In a later pass, look at the outcomes and intents of the earlier passes
 *      too: only a row that certainly was not charged continues.
 *   2. Wait for the rate limiter. A long wait goes back to Temporal.
 *   3. Create the next intent, exclusively and durably, with a nonce. Another process created it
 *      meanwhile: back to 1. It cannot be made durable: nothing is sent, and the batch holds. The
 *      shard was sealed since, or the intent is stale (this process was stopped): its result is
 *      `not_processed`, and nothing is sent.
 *   4. POST once.
 *   5. The verdict, a pure function of what came back.
 *   6. Write the result into the intent, durably. If that fails, the workflow gets the answer in
 *      full, and this process keeps trying to write it.
 *   7. Keep the bytes of an answer that a person may have to read, encrypted. A failure here
 *      changes nothing. Then return, under a rate limit with the next completion batch.
 *
 * A process that dies between 3 and 6 leaves an open intent, and the next one stops at 1. So
 * whatever Temporal does with this activity (times it out, runs it twice, runs it on two workers),
 * the row is sent by the owner of one intent only.
 *
 * Steps 1 to 3 are here, the rest is in send-under-intent.ts.
 */
import { randomBytes } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { inFlight, type TokenizeRowInput, type TokenizeRowResult } from '../contract/activities.ts';
import { shardOf } from '../domain/shard-plan.ts';
import { merchantTxnRefOf } from '../domain/txn-ref.ts';
import type { AnswerKeeper } from './answer-keeper.ts';
import type { BatchAccess } from './batch-access.ts';
import { waitForCompletionBatch } from './completion-batching.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold } from './failures.ts';
import type { HoldMonitors } from './hold-monitors.ts';
import { intentDeadlineMs } from './intent-deadline.ts';
import { rowResultOf } from './row-answers.ts';
import { intentAltered } from './row-holds.ts';
import { createRowIntent, type RowIntent } from './row-intent.ts';
import { waitForPermit } from './row-permit.ts';
import { type RowSend, sendUnderIntent } from './send-under-intent.ts';

/** A row that takes longer heartbeats, and so learns of a cancellation. Most rows end sooner. */
const heartbeatEveryMs = 2_500;

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
          text: `Staging has no sendable row ${input.row}`,
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
        // A pass begins without a hold, whatever ended the previous pass.
        monitor: monitors(input),
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

async function sendOnce(deps: ActivityDeps, send: RowSend): Promise<TokenizeRowResult> {
  for (;;) {
    const last = await deps.storage.intents.last(send.ref, send.row.row);
    if (last?.isAltered === true) throw batchHold(send.monitor.stop(intentAltered(send.row.row)));
    if (last !== undefined && last.result === undefined) return { outcome: inFlight };
    if (last?.result?.kind === 'final') return rowResultOf(send.input, last.result.answer);
    const permit = await waitForPermit(deps.rateLimiter, send.record, send.monitor);
    try {
      const priorOutcome = await send.priorOutcome();
      // The intent that leaves it unknown may be closed as not sent yet: then this pass sends it.
      if (priorOutcome === 'unknown') return { outcome: inFlight };
      if (priorOutcome !== undefined) return { outcome: priorOutcome };
      const intent = await createIntent(deps, send, (last?.head.intent ?? 0) + 1);
      if (intent !== undefined) return await sendUnderIntent(deps, send, permit, intent);
    } finally {
      permit.release();
    }
  }
}

async function createIntent(
  deps: ActivityDeps,
  send: RowSend,
  intent: number,
): Promise<RowIntent | undefined> {
  const { record, row, input, ref, monitor } = send;
  const createdAtMs = deps.nowMs();
  return await createRowIntent(
    { storage: deps.storage, ref, monitor, monotonicMs: deps.monotonicMs },
    {
      row: row.row,
      intent,
      merchantTxnRef: merchantTxnRefOf(record.tag, input.pass, row.row, intent),
      owner: deps.owner,
      nonce: randomBytes(8).toString('hex'),
      createdAtMs,
      deadlineMs: intentDeadlineMs(createdAtMs, record.gatewayTimeoutMs),
    },
  );
}
