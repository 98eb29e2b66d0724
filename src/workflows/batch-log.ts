/*
 * What an on-call engineer looks for in the worker's log: phases, holds, and shards whose run
 * ended. Ids, codes and counts only, nothing of a row. The SDK adds the workflow's id, and writes
 * no line again when it replays a history.
 */
import { log } from '@temporalio/workflow';
import type { HoldReason } from '../contract/hold.ts';
import type { BatchPhase, MigrateBatchInput } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import type { BatchState } from './batch-state.ts';

const lines = {
  staging: 'Batch is being staged',
  sending: 'Batch is sending',
  paused: 'Batch is paused',
  on_hold: 'Batch is on hold',
  waiting_for_approval: 'Batch waits for approval',
  waiting_for_window: 'Batch waits for its sending hours',
  closing: 'Batch is cancelled: closing its shards',
  publishing: 'Batch is publishing its results',
  finished: 'Batch is finished',
  cancelled: 'Batch is cancelled',
} as const satisfies Record<BatchPhase, string>;

export class BatchLog {
  #phase: BatchPhase | undefined;
  #holdCode: string | undefined;
  readonly #batchId: string;
  readonly #pass: number;

  constructor({ batchId, pass }: MigrateBatchInput) {
    this.#batchId = batchId;
    this.#pass = pass;
  }

  /** Writes a line if the phase or the reason to hold has changed. */
  show(state: BatchState): void {
    const { phase, holdReason } = state;
    const before = this.#phase;
    if (phase === before && holdReason?.code === this.#holdCode) return;
    this.#phase = phase;
    this.#holdCode = holdReason?.code;
    const { rows, shards, closedShards, counts } = state.progress();
    const fields = { phase, ...definedOf({ before, hold: holdReason }), rows, shards, closedShards, counts };
    if (phase === 'on_hold') log.warn(lines[phase], this.#fieldsOf(fields));
    else log.info(lines[phase], this.#fieldsOf(fields));
  }

  /** A shard's run ended without closing it, e.g. it was terminated in the Temporal UI. */
  shardLost(shard: number, { text }: HoldReason): void {
    log.warn(`${text}: the shard runs again after resume`, this.#fieldsOf({ shard }));
  }

  continuesAsNew(nextShard: number): void {
    log.info('Batch continues in a new run of its workflow', this.#fieldsOf({ nextShard }));
  }

  /**
   * One field, so that the worker passes on what this class wrote, and nothing that the SDK adds.
   */
  #fieldsOf(fields: object): { readonly batch: object } {
    return { batch: { batchId: this.#batchId, pass: this.#pass, ...fields } };
  }
}
