import type { FileStore, SlotStore } from '../../src/storage/storage.ts';

/** The part of a storage that the rate limiter needs, in memory. Each call first awaits `wait`. */
export function createMemoryStorage(wait: () => Promise<void> = async () => undefined): {
  readonly slots: SlotStore;
  readonly files: FileStore;
} {
  const sharedLimits = new Map<string, Map<number, string>>();
  const sharedLimitOf = (name: string): Map<number, string> => {
    const sharedLimit = sharedLimits.get(name) ?? new Map<number, string>();
    sharedLimits.set(name, sharedLimit);
    return sharedLimit;
  };
  const slots: SlotStore = {
    async list(sharedLimit) {
      await wait();
      return [...sharedLimitOf(sharedLimit).keys()].sort((a, b) => a - b);
    },
    async read(sharedLimit, slotBatch) {
      await wait();
      return sharedLimitOf(sharedLimit).get(slotBatch);
    },
    async create(sharedLimit, slotBatch, content) {
      await wait();
      if (sharedLimitOf(sharedLimit).has(slotBatch)) return false;
      sharedLimitOf(sharedLimit).set(slotBatch, content);
      return true;
    },
    async replace(sharedLimit, slotBatch, content) {
      await wait();
      sharedLimitOf(sharedLimit).set(slotBatch, content);
    },
    async remove(sharedLimit, slotBatches) {
      await wait();
      for (const slotBatch of slotBatches) sharedLimitOf(sharedLimit).delete(slotBatch);
    },
  };
  return { slots, files: createMemoryFiles(wait) };
}

function createMemoryFiles(wait: () => Promise<void>): FileStore {
  const contents = new Map<string, Buffer>();
  return {
    async createExclusive(key, content) {
      await wait();
      if (contents.has(key)) return false;
      contents.set(key, Buffer.from(content as string));
      return true;
    },
    async replace(key, content) {
      await wait();
      contents.set(key, Buffer.from(content as string));
    },
    async read(key) {
      await wait();
      return contents.get(key);
    },
    async *readLines() {
      yield* [];
    },
    list: async () => [],
    remove: async () => undefined,
    locate: (key) => key,
    draft: () => Promise.reject(new Error('Not in memory')),
  };
}
