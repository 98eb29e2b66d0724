/*
 * A storage in memory that behaves as the local one does: files, intents with MACs, and slots. The
 * simulation runs on it, and tears, alters or removes what its disk holds. Never for production.
 */
import { createIntegrity, type Integrity, type OperatorKeySource } from '../../src/storage/integrity.ts';
import type { FileDraft, FileStore, SlotStore, Storage } from '../../src/storage/storage.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { createMemoryIntents } from './memory-intents.ts';

export interface MemoryStorageOptions {
  readonly disk: MemoryDisk;
  readonly id: string;
  readonly operatorKey: OperatorKeySource;
}

/** Opens the storage on a disk. Opened again, it is the same storage. */
export function openMemoryStorage({ disk, id, operatorKey }: MemoryStorageOptions): Storage {
  let opened: Promise<Integrity> | undefined;
  const integrity = (): Promise<Integrity> => {
    opened ??= operatorKey().then((key) => createIntegrity(key, id));
    return opened;
  };
  return {
    id,
    files: createMemoryFiles(disk),
    intents: createMemoryIntents(disk, id, integrity),
    slots: createMemorySlots(disk),
    integrity,
  };
}

function createMemoryFiles(disk: MemoryDisk): FileStore {
  return {
    locate: (key) => `/memory/${key}`,
    async createExclusive(key, content) {
      if (disk.file(key) !== undefined) return false;
      disk.put(key, Buffer.from(content));
      return true;
    },
    async replace(key, content) {
      disk.put(key, await gather(content));
    },
    draft: async (key) => openDraft(disk, key),
    read: async (key) => {
      const bytes = disk.file(key)?.bytes;
      return bytes === undefined ? undefined : Buffer.from(bytes);
    },
    async *readLines(key) {
      const text = disk.file(key)?.bytes.toString() ?? '';
      const lines = text.split(/\r?\n/);
      if (lines.at(-1) === '') lines.pop();
      yield* lines;
    },
    list: async (folder) => disk.namesIn(folder).sort(),
    remove: async (key) => disk.remove(key),
  };
}

function openDraft(disk: MemoryDisk, key: string): FileDraft {
  const parts: string[] = [];
  return {
    write: async (text) => void parts.push(text),
    finish: async () => undefined,
    commit: async () => void disk.put(key, Buffer.from(parts.join(''))),
    discard: async () => undefined,
  };
}

function createMemorySlots(disk: MemoryDisk): SlotStore {
  return {
    list: async (folder) =>
      disk
        .namesIn(folder)
        .map(Number)
        .sort((a, b) => a - b),
    read: async (folder, number) => disk.file(`${folder}/${number}`)?.bytes.toString(),
    async create(folder, number, content) {
      if (disk.file(`${folder}/${number}`) !== undefined) return false;
      disk.put(`${folder}/${number}`, Buffer.from(content));
      return true;
    },
    replace: async (folder, number, content) => void disk.put(`${folder}/${number}`, Buffer.from(content)),
    async remove(folder, numbers) {
      for (const number of numbers) disk.remove(`${folder}/${number}`);
    },
  };
}

async function gather(content: Uint8Array | string | AsyncIterable<string>): Promise<Buffer> {
  if (typeof content === 'string' || content instanceof Uint8Array) return Buffer.from(content);
  const parts: string[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.from(parts.join(''));
}
