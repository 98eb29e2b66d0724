/*
 * A storage that forgets, and one that was edited by hand. It forgets only what the promise covers:
 * a row that the workflow knows to be answered, a closed shard, a shard's whole folder. The rest is
 * the stated residual risk (docs/decisions/0027 and 0030). It may be edited anywhere.
 */
import { outcomesKey, shardFolder, shardWitnessKey } from '../../src/storage/layout.ts';
import { resultOffset } from '../../src/storage/local/intent-file.ts';
import { batchId } from '../support/batches.ts';
import type { MemoryFile } from '../support/memory-disk.ts';
import { intentsFolder } from '../support/memory-intents.ts';
import type { World } from './world.ts';

export interface DiskFaultsOptions {
  readonly world: World;
  readonly pass: () => number;
  /** The rows that the workflow knows to be answered, and that no process works on. */
  readonly answeredRows: () => readonly number[];
}

interface Damage {
  /** A process that has it open writes into it, wherever it is. */
  readonly file: MemoryFile;
  readonly isGone?: true;
  readonly edit?: { readonly original: Buffer; readonly left: Buffer };
}

export class DiskFaults {
  readonly #options: DiskFaultsOptions;
  readonly #damaged = new Map<string, Damage>();

  constructor(options: DiskFaultsOptions) {
    this.#options = options;
  }

  get hasDamage(): boolean {
    return this.#damaged.size > 0;
  }

  /** Lets something happen to the disk. Call it after each step. */
  disturb(): void {
    const { world } = this.#options;
    const files = this.#files();
    const forgettable = files.filter((key) => this.#mayForget(key));
    if (forgettable.length > 0 && world.happens('forgotten')) this.#forget(forgettable);
    if (files.length > 0 && world.happens('altered')) this.#alter(files);
  }

  /**
   * A person puts the original files back, except for edited ones that a process has written since.
   * If another outcome file was written meanwhile, the person tries one, and later the other.
   */
  putBack(): void {
    const { world } = this.#options;
    for (const [key, { file, isGone, edit }] of [...this.#damaged]) {
      const present = world.disk.file(key);
      this.#damaged.delete(key);
      if (isGone === true) world.disk.putFile(key, file);
      if (file.bytes === edit?.left) file.bytes = edit.original;
      if (isGone === true && present !== undefined && key.includes('/outcomes.')) {
        this.#damaged.set(key, { file: present, isGone });
      }
      world.log(`  PUT BACK ${key}`);
    }
    world.count('files put back');
  }

  #forget(files: readonly string[]): void {
    const { world, pass } = this.#options;
    const folder = shardFolder({ batchId, pass: pass(), shard: 1 });
    const inFolder = world.disk.keys.filter((key) => key.startsWith(`${folder}/`));
    const isWhole = world.random.chance(0.3) && inFolder.length > 0;
    const gone = isWhole ? inFolder : this.#pick(files);
    for (const key of gone) {
      const file = world.disk.file(key);
      world.log(`  FORGOTTEN ${key}`);
      world.disk.remove(key);
      if (file !== undefined) this.#damaged.set(key, { file, ...this.#damaged.get(key), isGone: true });
    }
    if (isWhole) world.disk.remove(folder);
    world.count(isWhole ? 'forgotten: folder' : 'forgotten: file');
  }

  /** Edits a file so that it denies what happened, and leaves the MAC as it was. */
  #alter(files: readonly string[]): void {
    const { world } = this.#options;
    for (const key of this.#pick(files)) {
      const file = world.disk.file(key);
      if (file === undefined) continue;
      const original = file.bytes;
      file.bytes = key.includes('/intents/')
        ? edited(original)
        : Buffer.from(original.toString().replaceAll('"tokenized"', '"not_sent"'));
      world.log(`  ALTERED ${key}`);
      this.#damaged.set(key, { file, edit: { original, left: file.bytes } });
    }
    world.count('altered');
  }

  #pick(files: readonly string[]): string[] {
    const [first, ...others] = files;
    return first === undefined ? [] : [this.#options.world.random.pick([first, ...others])];
  }

  /** The intents of the shard, and the outcome file of a closed one. */
  #files(): string[] {
    const { world, pass } = this.#options;
    const ref = { batchId, pass: pass(), shard: 1 };
    const outcomes = outcomesKey(ref).replace('.jsonl', '.');
    const isClosed = world.disk.file(shardWitnessKey(ref, 'closed')) !== undefined;
    return world.disk.keys.filter(
      (key) =>
        !this.#damaged.has(key) &&
        (key.startsWith(`${intentsFolder(ref)}/`) || (isClosed && key.startsWith(outcomes))),
    );
  }

  #mayForget(key: string): boolean {
    const [row] = /(?<=\/intents\/)\d+/.exec(key) ?? [];
    return row === undefined || this.#options.answeredRows().includes(Number(row));
  }
}

/** An intent that denies its send, with the MAC of its former result or none. */
function edited(bytes: Buffer): Buffer {
  const mac = bytes.subarray(resultOffset, resultOffset + 33);
  const text = Buffer.from('{"kind":"not_processed","cause":"edited"}\n');
  return Buffer.concat([bytes.subarray(0, resultOffset), mac, text]);
}
