/*
 * Steps 3 to 7 of the send protocol (tokenize-row.ts): a row that has its intent is sent once, and
 * its answer is kept.
 */
import { Context } from '@temporalio/activity';
import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { RowOutcome } from '../contract/outcome.ts';
import { definedOf } from '../domain/defined.ts';
import type { HoldMonitor } from '../domain/hold-monitor.ts';
import type { SendableRow } from '../domain/staged-row.ts';
import type { FinalVerdict } from '../domain/verdict.ts';
import type { Exchange } from '../gateway/exchange.ts';
import type { Permit } from '../rate-limit/admission/permit.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import type { ShardRef } from '../storage/storage.ts';
import type { AnswerKeeper } from './answer-keeper.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold, notProcessed, shardSealed } from './failures.ts';
import { staleIntentMs } from './intent-deadline.ts';
import { retryDelayMs } from './retry-delay.ts';
import { rowAnswerOf, rowResultOf } from './row-answers.ts';
import { holdOfAnswer, setUpWrong } from './row-holds.ts';
import type { RowIntent } from './row-intent.ts';
import { refuseOnHold, waitForSlot } from './row-permit.ts';

/** Everything about one send. */
export interface RowSend {
  readonly input: TokenizeRowInput;
  readonly ref: ShardRef;
  readonly row: SendableRow;
  readonly record: BatchRecord;
  readonly dataKey: Uint8Array;
  readonly keep: AnswerKeeper;
  readonly monitor: HoldMonitor;
  /** The row's outcome in earlier passes, if it forbids sending the row. */
  priorOutcome(): Promise<RowOutcome | undefined>;
}

/** Sends the row, unless the shard was sealed, the intent is stale or the batch holds by now. */
export async function sendUnderIntent(
  deps: ActivityDeps,
  send: RowSend,
  permit: Permit,
  intent: RowIntent,
): Promise<TokenizeRowResult> {
  const { record, row, ref, monitor } = send;
  // Once is enough: a shard that is sealed after this finds the intent, and waits for its result.
  if (await intent.isSealed()) {
    await intent.notProcessed('shard sealed');
    throw shardSealed(ref.shard);
  }
  await waitForSlot(permit, intent, monitor);
  // Nothing is awaited between these checks and the POST.
  if (intent.ageMs(deps.nowMs()) > staleIntentMs || monitor.hold !== undefined) {
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
        deps.rateLimiter.refused({ sentAtMs, cause: verdict.cause, ...definedOf({ retryAfterMs }) });
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
    case 'final':
      return await keepAnswer(deps, send, intent, { sequence, exchange, verdict });
  }
}

interface Answered {
  readonly sequence: number;
  readonly exchange: Exchange;
  readonly verdict: FinalVerdict;
}

/** Writes the result, and then reports it to the workflow, with the hold that it causes. */
async function keepAnswer(
  deps: ActivityDeps,
  { record, dataKey, monitor, input, keep }: RowSend,
  intent: RowIntent,
  { sequence, exchange, verdict }: Answered,
): Promise<TokenizeRowResult> {
  const completedAt = new Date(deps.nowMs()).toISOString();
  const answer = rowAnswerOf(verdict, exchange, intent.head.merchantTxnRef, completedAt);
  const hold = holdOfAnswer(monitor, sequence, verdict, answer, record.isLive);
  const unwrittenFor = await intent.tryWriteResult({ kind: 'final', answer });
  await keep({ batchId: input.batchId, dataKey, exchange, answer });
  if (unwrittenFor !== undefined) {
    const unwritten = { row: input.row, intent: intent.head.intent, answer };
    return { outcome: answer.outcome, hold: unwrittenFor, unwritten };
  }
  const concurrency = deps.rateLimiter.concurrencyUpdate(input.batchId);
  return { ...rowResultOf(input, answer), ...definedOf({ concurrency, hold }) };
}

/**
 * A 429 is about the account: it sends too much. A 503 is about one request. If the account paused
 * and slowed down for each 503, one in a hundred would bring it to a crawl.
 */
function isAboutRate({ status }: Extract<Exchange, { kind: 'answered' }>): boolean {
  return status === 429;
}
