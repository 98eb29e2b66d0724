/*
 * What a batch knows of the starts of its shards' workflows, and gives to the next start: the
 * storage must not have forgotten it.
 */
import { uuid4 } from '@temporalio/workflow';
import type { RowRuns } from '../contract/activities.ts';
import type {
  MigrateShardInput,
  MigrateShardResult,
  ShardMemory,
  ShardReport,
} from '../contract/shard-messages.ts';
import type { CarriedBatch } from '../contract/workflows.ts';
import { definedOf } from '../domain/defined.ts';
import { nthOf, runsOf } from '../domain/shard-plan.ts';

export class ShardStarts {
  /** The highest opening that a shard reported; undefined: none. */
  #lastOpening: number | undefined;
  readonly #opened = new Set<number>();
  /** The latest start of each shard. */
  readonly #startIds = new Map<number, string>();
  readonly #givenBack = new Map<number, ShardMemory>();
  readonly #closed: Set<number>;

  constructor(carried: CarriedBatch | undefined) {
    this.#lastOpening = carried?.lastOpening;
    this.#closed = new Set(carried === undefined ? [] : shardsBefore(carried));
  }

  /** What a shard's workflow starts with. */
  begin(shard: number): Pick<MigrateShardInput, 'startId' | 'lastOpening' | 'wasOpened' | 'before'> {
    // A reset gives other random numbers after its point, and the same ones before it.
    const startId = uuid4().slice(0, 8);
    this.#startIds.set(shard, startId);
    return {
      startId,
      ...definedOf({ lastOpening: this.#lastOpening, before: this.#givenBack.get(shard) }),
      ...(this.#opened.has(shard) ? { wasOpened: true } : {}),
    };
  }

  /** True if a report comes from the latest start of its shard, by this run of the batch. */
  knows({ shard, startId }: ShardReport): boolean {
    return startId !== undefined && startId === this.#startIds.get(shard);
  }

  /** Records what a shard says of its opening. */
  heard(shard: number, { opening }: Pick<ShardReport, 'opening'>): void {
    if (opening === undefined) return;
    this.#opened.add(shard);
    this.#lastOpening = Math.max(opening, this.#lastOpening ?? 0);
  }

  /** Records the end of a shard's workflow. True if the shard is closed. */
  ended(shard: number, { opening, givenBack }: MigrateShardResult): boolean {
    this.heard(shard, definedOf({ opening }));
    if (givenBack !== undefined) {
      this.#givenBack.set(shard, givenBack);
      return false;
    }
    this.#givenBack.delete(shard);
    this.#closed.add(shard);
    return true;
  }

  /** The shards that are not closed although a run of theirs had answers, with what it knew. */
  get givenBack(): readonly (readonly [shard: number, memory: ShardMemory])[] {
    return [...this.#givenBack].filter(([, { answered }]) => answered !== undefined);
  }

  /** The shards that were closed. The storage must have their outcomes. */
  get closed(): RowRuns {
    return runsOf([...this.#closed].sort((a, b) => a - b));
  }

  carried(): Pick<CarriedBatch, 'lastOpening'> {
    return definedOf({ lastOpening: this.#lastOpening });
  }
}

/** The shards that earlier runs of the batch's workflow closed. */
function shardsBefore({ nextShard, shardRuns }: CarriedBatch): number[] {
  return Array.from({ length: nextShard - 1 }, (_, index) => {
    const nth = index + 1;
    return shardRuns === undefined ? nth : (nthOf(shardRuns, nth) ?? nth);
  });
}
