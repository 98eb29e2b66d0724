import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FileDraft, FileStore } from '../storage.ts';
import { errorCodeOf, fileMode, makeFolder, syncFolder } from './durable.ts';

/**
 * Small parts are buffered into writes of this size; one system call per row would dominate the
 * cost.
 */
const writeSizeCharacters = 65_536;

/** Files in a folder on this machine. */
export function createLocalFiles(root: string): FileStore {
  const pathOf = (key: string): string => join(root, ...key.split('/'));
  return {
    locate: pathOf,

    async createExclusive(key, content) {
      const path = pathOf(key);
      const temporary = await writeTemporary(path, content);
      try {
        // link(2) is atomic and fails if the name is taken.
        await link(temporary, path);
      } catch (error) {
        if (errorCodeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
      return true;
    },

    async replace(key, content) {
      const path = pathOf(key);
      await rename(await writeTemporary(path, content), path);
      await syncFolder(dirname(path));
    },

    draft: (key) => openDraft(pathOf(key)),

    async read(key) {
      try {
        return await readFile(pathOf(key));
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },

    async *readLines(key) {
      const path = pathOf(key);
      const exists = await access(path).then(
        () => true,
        (error) => {
          if (errorCodeOf(error) === 'ENOENT') return false;
          throw error;
        },
      );
      if (exists) {
        yield* createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
      }
    },

    async list(folder) {
      try {
        return (await readdir(pathOf(folder))).filter((name) => !name.endsWith('.tmp')).sort();
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return [];
        throw error;
      }
    },

    async remove(key) {
      await rm(pathOf(key), { recursive: true, force: true });
    },
  };
}

/** Writes a durable temporary file beside the target; removes it if writing fails. */
async function writeTemporary(
  path: string,
  content: Uint8Array | string | AsyncIterable<string>,
): Promise<string> {
  await makeFolder(dirname(path));
  const temporary = temporaryPathOf(path);
  try {
    const file = await open(temporary, 'wx', fileMode);
    try {
      for await (const part of partsOf(content)) {
        await file.writeFile(part);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

function temporaryPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

async function openDraft(path: string): Promise<FileDraft> {
  await makeFolder(dirname(path));
  const temporary = temporaryPathOf(path);
  const file = await open(temporary, 'wx', fileMode);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  let buffered = '';
  const flush = async (): Promise<void> => {
    const text = buffered;
    buffered = '';
    await file.writeFile(text);
  };
  return {
    async write(text) {
      buffered += text;
      if (buffered.length >= writeSizeCharacters) await flush();
    },
    async finish() {
      await flush();
      await file.sync();
      await close();
    },
    async commit() {
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    async discard() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

async function* partsOf(
  content: Uint8Array | string | AsyncIterable<string>,
): AsyncGenerator<Uint8Array | string> {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    yield content;
    return;
  }
  let buffered = '';
  for await (const part of content) {
    buffered += part;
    if (buffered.length >= writeSizeCharacters) {
      yield buffered;
      buffered = '';
    }
  }
  yield buffered;
}
