/*
 * Blocks of turns as files, `<book>/<number>`. The calls are synchronous, as those of notes are: each takes some ten
 * microseconds, and at 200 requests a second there are 20 blocks.
 */
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TurnStore } from '../storage.ts';
import { errorCodeOf, fileMode, folderMode } from './durable.ts';

/** The turns under a folder of this machine. */
export function createLocalTurns(root: string): TurnStore {
  const folderOf = (book: string): string => join(root, ...book.split('/'));
  const pathOf = (book: string, block: number): string => join(folderOf(book), String(block));

  const writeTemporary = (book: string, block: number, content: string): string => {
    const temporary = `${pathOf(book, block)}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      writeFileSync(temporary, content, { mode: fileMode, flag: 'wx' });
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
      mkdirSync(folderOf(book), { recursive: true, mode: folderMode });
      writeFileSync(temporary, content, { mode: fileMode, flag: 'wx' });
    }
    return temporary;
  };

  return {
    async list(book) {
      try {
        return readdirSync(folderOf(book))
          .filter((name) => /^\d+$/.test(name))
          .map(Number)
          .sort((a, b) => a - b);
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return [];
        throw error;
      }
    },

    async read(book, block) {
      try {
        return readFileSync(pathOf(book, block), 'utf8');
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },

    async create(book, block, content) {
      const temporary = writeTemporary(book, block, content);
      try {
        // A link is made whole or not at all, and only where the name is free.
        linkSync(temporary, pathOf(book, block));
        return true;
      } catch (error) {
        if (errorCodeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        rmSync(temporary, { force: true });
      }
    },

    async replace(book, block, content) {
      renameSync(writeTemporary(book, block, content), pathOf(book, block));
    },

    async remove(book, blocks) {
      for (const block of blocks) {
        try {
          unlinkSync(pathOf(book, block));
        } catch (error) {
          if (errorCodeOf(error) !== 'ENOENT') throw error;
        }
      }
    },
  };
}
