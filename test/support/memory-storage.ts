import type { FileStore, TurnStore } from '../../src/storage/storage.ts';

/** What the pacer needs of a storage, in memory; `wait` stands before each call. */
export function createMemoryStorage(wait: () => Promise<void> = async () => undefined): {
  readonly turns: TurnStore;
  readonly files: FileStore;
} {
  const books = new Map<string, Map<number, string>>();
  const bookOf = (name: string): Map<number, string> => {
    const book = books.get(name) ?? new Map<number, string>();
    books.set(name, book);
    return book;
  };
  const turns: TurnStore = {
    async list(book) {
      await wait();
      return [...bookOf(book).keys()].sort((a, b) => a - b);
    },
    async read(book, block) {
      await wait();
      return bookOf(book).get(block);
    },
    async create(book, block, content) {
      await wait();
      if (bookOf(book).has(block)) return false;
      bookOf(book).set(block, content);
      return true;
    },
    async replace(book, block, content) {
      await wait();
      bookOf(book).set(block, content);
    },
    async remove(book, blocks) {
      await wait();
      for (const block of blocks) bookOf(book).delete(block);
    },
  };
  return { turns, files: createMemoryFiles(wait) };
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
