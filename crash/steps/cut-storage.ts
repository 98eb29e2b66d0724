/*
 * A storage on which a process dies at one change. Afterwards no call returns, so that nothing of
 * the process continues, not even a `finally`. For a command that only uses files, this is cheaper
 * than a separate process.
 */
import { closeSync, type Dirent, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileStore, Storage } from '../../src/storage/storage.ts';

/** The change at which it dies, counted from 1, and the moment; `half` leaves it half written. */
export interface Cut {
  readonly change: number;
  readonly when: 'before' | 'half' | 'after';
}

export interface CutStorage {
  readonly storage: Storage;
  /** Resolves with the key of the change when the process is dead. */
  readonly isCut: Promise<string>;
}

/** Wraps a storage that dies at the change. */
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
    // An interrupted replacement leaves a temporary file beside the target.
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

/** Removes every second file of a folder and of the folders in it; a single file stays. */
function removeHalf(path: string): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return;
  }
  for (const [index, entry] of entries.entries()) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) removeHalf(inside);
    else if (index % 2 === 0) rmSync(inside);
  }
}

/** Calls `act` with storages that die at each change, before, in the middle and after it. */
export async function forEachCut(act: (cut: Cut, name: string) => Promise<'cut' | 'whole'>): Promise<number> {
  for (let change = 1; ; change += 1) {
    for (const when of ['before', 'half', 'after'] as const) {
      if ((await act({ change, when }, `${when} change ${change}`)) === 'whole') return change - 1;
    }
  }
}
