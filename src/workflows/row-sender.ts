import { isCancellation } from '@temporalio/workflow';
import type { TokenizeRowInput, TokenizeRowResult } from '../contract/activities.ts';
import type { HoldReason } from '../contract/hold.ts';
import type { MigrateShardInput, ShardSteering } from '../contract/shard-messages.ts';
import { definedOf } from '../domain/defined.ts';
import { proxyRowActivity } from './activity-proxies.ts';
import { holdReasonOf, isGivenBack, isShardSealed } from './hold-failure.ts';

/** How the sending of a row ended. */
export type RowEnd =
  /** The row has its outcome. */
  | { readonly kind: 'answered'; readonly result: TokenizeRowResult }
  /** Another run of the shard has closed it: this run need not know the outcome. */
  | { readonly kind: 'sealed' }
  /** Nothing was processed: the row waits again. A cancellation ends all sending in its scope. */
  | { readonly kind: 'given_back' }
  | { readonly kind: 'cancelled'; readonly error: unknown }
  /** Nothing was processed, and the batch must hold. */
  | { readonly kind: 'hold'; readonly reason: HoldReason };

/** Sends rows of one shard, each by its activity. */
export class RowSender {
  readonly #input: MigrateShardInput;
  readonly #tokenizeRow: ReturnType<typeof proxyRowActivity>;

  constructor(input: MigrateShardInput) {
    this.#input = input;
    this.#tokenizeRow = proxyRowActivity(input);
  }

  /** Sends one row. Rejects for a defect of this program only. */
  async send(row: number, steering: ShardSteering): Promise<RowEnd> {
    const summary = `row ${row}`;
    try {
      const input = this.#inputOf(row, steering);
      return { kind: 'answered', result: await this.#tokenizeRow.executeWithOptions({ summary }, [input]) };
    } catch (error) {
      if (isShardSealed(error)) return { kind: 'sealed' };
      if (isCancellation(error)) return { kind: 'cancelled', error };
      if (isGivenBack(error)) return { kind: 'given_back' };
      const reason = holdReasonOf(error, 'storage_failed');
      if (reason === undefined) throw error;
      return { kind: 'hold', reason };
    }
  }

  #inputOf(row: number, { holdGeneration, run, go }: ShardSteering): TokenizeRowInput {
    const { batchId, pass } = this.#input;
    return {
      ...{ batchId, pass, row },
      ...(holdGeneration === 0 ? {} : { holdGeneration }),
      ...definedOf({ run }),
      ...(go === 'probe' ? { isProbe: true } : {}),
    };
  }
}
