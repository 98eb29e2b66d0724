/*
 * A storage that forgets, and one that was edited by hand. Only what the promise covers: a row that
 * the workflow knows to be answered, a closed shard, a shard's whole folder. The rest is the stated
 * residual risk (docs/decisions/0027 and 0030).
 */
import { outcomesKey, shardFolder, shardWitnessKey } from '../../src/storage/layout.ts';
import { resultOffset } from '../../src/storage/local/intent-file.ts';
import { batchId } from '../support/batches.ts';
import { intentsFolder } from '../support/memory-intents.ts';
import type { World } from './world.ts';

export interface DiskFaultsOptions {
  readonly world: World;
  readonly pass: () => number;
  /** The rows that the workflow knows to be answered, and that no process works on. */
  readonly answeredRows: () => readonly number[];
}

export class DiskFaults {
  readonly #options: DiskFaultsOptions;
  /** What was there before, by key. */
  readonly #originals = new Map<string, Buffer>();

  constructor(options: DiskFaultsOptions) {
    this.#options = options;
  }

  get hasDamage(): boolean {
    return this.#originals.size > 0;
  }

  /** Lets something happen to the disk. Call it after each step. */
  disturb(): void {
    if (this.#candidates().length === 0) return;
    const { world } = this.#options;
    if (world.happens('forgotten')) this.#forget();
    if (world.happens('altered')) this.#alter();
  }

  /** A person puts the original files back. */
  putBack(): void {
    const { world } = this.#options;
    for (const [key, bytes] of this.#originals) {
      world.log(`  PUT BACK ${key}`);
      world.disk.put(key, bytes);
    }
    world.count('files put back');
    this.#originals.clear();
  }

  #forget(): void {
    const { world, pass } = this.#options;
    const folder = shardFolder({ batchId, pass: pass(), shard: 1 });
    const inFolder = world.disk.keys.filter((key) => key.startsWith(`${folder}/`));
    const isWhole = world.random.chance(0.3) && inFolder.length > 0;
    const gone = isWhole ? inFolder : this.#pick();
    for (const key of gone) {
      this.#keep(key);
      world.log(`  FORGOTTEN ${key}`);
      world.disk.remove(key);
    }
    if (isWhole) world.disk.remove(folder);
    world.count(isWhole ? 'forgotten: folder' : 'forgotten: file');
  }

  /** Edits a file so that it denies what happened, and leaves the MAC as it was. */
  #alter(): void {
    const { world } = this.#options;
    for (const key of this.#pick()) {
      const file = world.disk.file(key);
      if (file === undefined || !/"final"|"tokenized"/.test(file.bytes.toString())) continue;
      this.#keep(key);
      world.log(`  ALTERED ${key}`);
      file.bytes = key.includes('/intents/')
        ? edited(file.bytes)
        : Buffer.from(file.bytes.toString().replaceAll('"tokenized"', '"not_sent"'));
    }
    world.count('altered');
  }

  #keep(key: string): void {
    const bytes = this.#options.world.disk.file(key)?.bytes;
    if (bytes !== undefined && !this.#originals.has(key)) this.#originals.set(key, Buffer.from(bytes));
  }

  #pick(): string[] {
    const [first, ...others] = this.#candidates();
    return first === undefined ? [] : [this.#options.world.random.pick([first, ...others])];
  }

  /** The answered rows' intents, and the outcome file of a closed shard. */
  #candidates(): string[] {
    const { world, pass, answeredRows } = this.#options;
    const ref = { batchId, pass: pass(), shard: 1 };
    const answered = new Set(answeredRows());
    const intents = `${intentsFolder(ref)}/`;
    const outcomes = outcomesKey(ref).replace('.jsonl', '.');
    const isClosed = world.disk.file(shardWitnessKey(ref, 'closed')) !== undefined;
    return world.disk.keys.filter((key) => {
      if (this.#originals.has(key)) return false;
      if (key.startsWith(intents)) return answered.has(Number(key.slice(intents.length).split('.')[0]));
      return isClosed && key.startsWith(outcomes);
    });
  }
}

function edited(bytes: Buffer): Buffer {
  const mac = bytes.subarray(resultOffset, resultOffset + 33);
  const text = Buffer.from('{"kind":"not_processed","cause":"edited"}\n');
  return Buffer.concat([bytes.subarray(0, resultOffset), mac, text]);
}
