/*
 * The send protocol: how one row is sent at most once, and its answer is never lost.
 *
 *   1. Look at the row's last note. An end with an outcome: return it. An open note: `unknown`, since its maker may have
 *      sent it, and may still write. Only an end `not_processed` (or no note) goes on. In a pass after the first, look at
 *      the earlier passes too, outcomes and notes: only a row that certainly was not charged goes on.
 *   2. Wait for the pacer. A long wait is given back to Temporal.
 *   3. Make the next note, exclusively and durably. Made by somebody else meanwhile: back to 1. Not durable: nothing is
 *      sent and the batch holds. The shard sealed since, or the note stale (this process was stopped): end it
 *      `not_processed`, send nothing.
 *   4. POST once.
 *   5. The verdict, a pure function.
 *   6. Write the end, durably, into the note; then return, at a pace with the next beat. Where that fails the outcome goes to the workflow in full.
 *
 *   7. Keep the bytes of an answer that a person may have to read, encrypted. A failure here changes nothing.
 *
 * A process that dies between 3 and 6 leaves an open note; whoever comes next stops at 1. So whatever Temporal does with
 * this activity (times it out, runs it twice, runs it on two workers), the row is sent by the maker of one note only.
 */
import { Context } from '@temporalio/activity';
import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { RowOutcome } from '../contract/outcome.ts';
import type { Exchange } from '../domain/exchange.ts';
import type { AnswerWatch } from '../domain/hold-rules.ts';
import { shardOf } from '../domain/shard-plan.ts';
import type { SendableRow } from '../domain/staged-row.ts';
import { merchantTxnRefOf } from '../domain/txn-ref.ts';
import { classifyExchange } from '../domain/verdict.ts';
import type { Permit } from '../pace/permit.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import type { ShardRef } from '../storage/storage.ts';
import { waitForBeat } from './answer-beat.ts';
import type { AnswerKeeper } from './answer-keeper.ts';
import type { BatchAccess } from './batch-access.ts';
import type { ActivityDeps } from './deps.ts';
import { batchHold, notProcessed, shardSealed } from './failures.ts';
import { noteDeadlineMs, staleNoteMs } from './note-deadline.ts';
import { retryDelayMs } from './retry-delay.ts';
import { rowAnswerOf, rowResultOf } from './row-answers.ts';
import { holdOfAnswer, setUpWrong } from './row-holds.ts';
import { makeRowNote, type RowNote } from './row-note.ts';
import { refuseOnHold, waitForPermit, waitForTurn } from './row-permit.ts';
import type { SendWatches } from './send-watch.ts';

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
  readonly watch: AnswerWatch;
  /** What the row is by its earlier passes, where that is a reason not to send it. */
  standing(): Promise<RowOutcome | undefined>;
}

/** The activity that sends one row. */
export function createTokenizeRow(
  deps: ActivityDeps,
  openBatch: BatchAccess,
  watches: SendWatches,
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
          text: `Staging has no row ${input.row} to send`,
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
        watch: watches(`${input.batchId} ${input.pass}`, input.epoch ?? 0),
        standing: async () =>
          input.pass === 1 ? undefined : await (await batch.laterPass(input.pass)).standingOf(input.row),
      });
      const isUrgent = result.hold !== undefined || input.isAlone === true;
      if (!isUrgent) await waitForBeat(deps.pacer, input.batchId, deps.nowMs());
      return result;
    } finally {
      clearInterval(heartbeat);
    }
  };
}

async function sendOnce(deps: ActivityDeps, send: Send): Promise<TokenizeRowResult> {
  for (;;) {
    const last = await deps.storage.notes.last(send.ref, send.row.row);
    if (last !== undefined && last.end === undefined) return { outcome: 'unknown' };
    if (last?.end?.kind === 'ended') return rowResultOf(send.input, last.end.answer);
    const permit = await waitForPermit(deps.pacer, send.record, send.watch);
    try {
      const standing = await send.standing();
      if (standing !== undefined) return { outcome: standing };
      const note = await makeNote(deps, send, (last?.head.note ?? 0) + 1);
      if (note !== undefined) return await sendUnderNote(deps, send, permit, note);
    } finally {
      permit.release();
    }
  }
}

async function makeNote(deps: ActivityDeps, send: Send, note: number): Promise<RowNote | undefined> {
  const { record, row, input, ref, watch } = send;
  const madeAtMs = deps.nowMs();
  return await makeRowNote(
    { storage: deps.storage, ref, watch },
    {
      row: row.row,
      note,
      merchantTxnRef: merchantTxnRefOf(record.tag, input.pass, row.row, note),
      maker: deps.maker,
      madeAtMs,
      deadlineMs: noteDeadlineMs(madeAtMs, record.gatewayTimeoutMs),
    },
  );
}

async function sendUnderNote(
  deps: ActivityDeps,
  send: Send,
  permit: Permit,
  note: RowNote,
): Promise<TokenizeRowResult> {
  const { record, dataKey, row, ref, watch, input } = send;
  // Once is enough: a shard that is sealed after this has the note before it, and waits for its end.
  if (await note.isSealed()) {
    await note.notProcessed('shard sealed');
    throw shardSealed(ref.shard);
  }
  await waitForTurn(permit, note, watch);
  // Nothing is awaited between these checks and the POST.
  if (deps.nowMs() - note.head.madeAtMs > staleNoteMs || watch.hold !== undefined) {
    await note.notProcessed('not sent');
    refuseOnHold(watch);
    throw notProcessed('the note had become old', 0);
  }
  const sequence = watch.begin();
  let sentAtMs = deps.nowMs();
  const exchange = await deps.gateway.tokenize({
    row,
    merchantId: record.merchantId,
    merchantTxnRef: note.head.merchantTxnRef,
    timeoutMs: record.gatewayTimeoutMs,
    onSending: () => {
      sentAtMs = deps.nowMs();
      permit.sent();
    },
  });
  permit.answered();
  const verdict = classifyExchange(exchange);
  switch (verdict.kind) {
    case 'not_processed':
      if (exchange.kind === 'answered' && isAboutPace(exchange)) {
        const { retryAfterMs } = exchange;
        deps.pacer.refused({
          sentAtMs,
          cause: verdict.cause,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        });
      }
      await note.notProcessed(verdict.cause);
      throw notProcessed(
        verdict.cause,
        retryDelayMs(Context.current().info.attempt, verdict.retryAfterMs, Math.random()),
      );
    case 'set_up_wrong':
      await note.notProcessed(verdict.fault.kind === 'tls' ? 'TLS refused' : `HTTP ${verdict.fault.status}`);
      throw batchHold(watch.stop(setUpWrong(verdict.fault, exchange)));
    case 'ended': {
      const answer = rowAnswerOf(
        verdict,
        exchange,
        note.head.merchantTxnRef,
        new Date(deps.nowMs()).toISOString(),
      );
      const hold = holdOfAnswer(watch, sequence, verdict, answer, record.isLive);
      const unwrittenFor = await note.tryEnd({ kind: 'ended', answer });
      await send.keep({ batchId: input.batchId, dataKey, exchange, answer });
      if (unwrittenFor !== undefined) {
        const unwritten = { row: input.row, note: note.head.note, answer };
        return { outcome: answer.outcome, hold: unwrittenFor, unwritten };
      }
      const lanes = deps.pacer.lanesNews(input.batchId);
      return {
        ...rowResultOf(input, answer),
        ...(lanes === undefined ? {} : { lanes }),
        ...(hold === undefined ? {} : { hold }),
      };
    }
  }
}

/**
 * A gateway that is asked too much says so to the account. A 503 says that this request met a bad moment: with one in a
 * hundred of them, an account that paused and slowed for each would come to a crawl.
 */
function isAboutPace({ status }: Extract<Exchange, { kind: 'answered' }>): boolean {
  return status === 429;
}
