/* The two gates of the pacer, as a row under the send protocol (tokenize-row.ts) passes them: before its note, and before the POST. */
import { Context } from '@temporalio/activity';
import type { HoldReason } from '../contract/hold.ts';
import { concurrencyOf } from '../domain/concurrency.ts';
import type { AnswerWatch } from '../domain/hold-rules.ts';
import type { Pacer } from '../pace/pacer.ts';
import type { Permit } from '../pace/permit.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { batchHold, paceWait } from './failures.ts';
import { storageFailed } from './row-holds.ts';
import type { RowNote } from './row-note.ts';

/** Longer waits for the pacer are given back to Temporal, so that a worker that stops does not take them along. */
const longestWaitMs = 10_000;

/** Waits for leave to make a note. Throws the failure that holds the batch, or the one that has the row come back later. */
export async function waitForPermit(pacer: Pacer, record: BatchRecord, watch: AnswerWatch): Promise<Permit> {
  refuseOnHold(watch);
  const { batchId, ratePerS } = record;
  const { cancellationSignal } = Context.current();
  const pace = { concurrency: concurrencyOf(record), ...(ratePerS === undefined ? {} : { ratePerS }) };
  const entry = await pacer
    .enter(batchId, pace, longestWaitMs, cancellationSignal)
    .catch((error: unknown) => {
      if (cancellationSignal.aborted) throw error;
      throw batchHold(watch.stop(paceFailed(error)));
    });
  if (entry.kind === 'come_back') {
    throw paceWait(entry.afterMs);
  }
  if (watch.hold !== undefined) {
    entry.release();
    refuseOnHold(watch);
  }
  return entry;
}

/** Waits for the turn of a row that has its note. Where none comes, ends the note as not sent and throws as above. */
export async function waitForTurn(permit: Permit, note: RowNote, watch: AnswerWatch): Promise<void> {
  const turn = await permit.turn().catch((error: unknown) => paceFailed(error));
  if (turn === 'go') return;
  await note.notProcessed('not sent');
  if ('code' in turn) throw batchHold(watch.stop(turn));
  throw paceWait(turn.afterMs);
}

/** No row of a batch that holds goes on. */
export function refuseOnHold(watch: AnswerWatch): void {
  if (watch.hold !== undefined) throw batchHold(watch.hold);
}

function paceFailed(error: unknown): HoldReason {
  return storageFailed('The pace cannot be kept through the storage, so nothing is sent', error);
}
