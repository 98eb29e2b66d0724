/*
 * A storage on which a process dies at one of its changes: from then on no call comes back, so that nothing of the process
 * goes on, no `finally` either. Cheaper than a process of its own, where what dies is a command that works on files alone.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileStore, Storage } from '../../src/storage/storage.ts';

/** The change at which it dies, counted from 1, and where in it: in the middle something stands there half. */
export interface Cut {
  readonly change: number;
  readonly when: 'before' | 'half' | 'after';
}

export interface CutStorage {
  readonly storage: Storage;
  /** Settles when the process is dead, with the key of the change. */
  readonly isCut: Promise<string>;
}

/** The storage, cut off at that change. */
export function cutStorage(storage: Storage, cut: Cut): CutStorage {
  const { files } = storage;
  const never = new Promise<never>(() => undefined);
  let die: (key: string) => void = () => undefined;
  const isCut = new Promise<string>((resolve) => {
    die = resolve;
  });
  let isDead = false;
  let changes = 0;
  const change = async <Result>(
    key: string,
    half: () => void,
    act: () => Promise<Result>,
  ): Promise<Result> => {
    if (isDead) return await never;
    changes += 1;
    const isHere = changes === cut.change;
    const end = (): Promise<never> => {
      isDead = true;
      die(key);
      return never;
    };
    if (isHere && cut.when === 'before') return await end();
    if (isHere && cut.when === 'half') {
      half();
      return await end();
    }
    const result = await act();
    return isHere ? await end() : result;
  };
  const halfWritten = (key: string) => (): void => {
    const path = files.locate(key);
    mkdirSync(dirname(path), { recursive: true });
    // What a replacement that is cut short leaves: a temporary file beside the one that it was meant for.
    const file = openSync(join(dirname(path), `.${basename(path)}.cutshort.tmp`), 'w', 0o600);
    writeSync(file, '{"vers');
    closeSync(file);
  };
  const watched: FileStore = {
    ...files,
    replace: (key, content) => change(key, halfWritten(key), () => files.replace(key, content)),
    createExclusive: (key, content) =>
      change(key, halfWritten(key), () => files.createExclusive(key, content)),
    remove: (key) =>
      change(
        key,
        () => removeHalf(files.locate(key)),
        () => files.remove(key),
      ),
    async draft(key) {
      const draft = await files.draft(key);
      return {
        ...draft,
        commit: () =>
          change(
            key,
            () => undefined,
            () => draft.commit(),
          ),
      };
    },
  };
  return { storage: { ...storage, files: watched }, isCut };
}

/** Of a folder every second file; a file alone is gone or is not. */
function removeHalf(path: string): void {
  let names: string[];
  try {
    names = readdirSync(path).sort();
  } catch {
    return;
  }
  for (const [index, name] of names.entries()) if (index % 2 === 0) rmSync(join(path, name));
}

/** Acts on storages that are cut off at each change in turn, before, in the middle and after, until one is not reached. */
export async function forEachCut(act: (cut: Cut, name: string) => Promise<'cut' | 'whole'>): Promise<number> {
  for (let change = 1; ; change += 1) {
    for (const when of ['before', 'half', 'after'] as const) {
      if ((await act({ change, when }, `${when} change ${change}`)) === 'whole') return change - 1;
    }
  }
}
