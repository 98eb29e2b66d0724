/*
 * Slot batches as files, `<folder>/<number>`. The calls are synchronous, as those of intents are:
 * each takes tens of microseconds, and at 200 requests per second there are 20 slot batches per
 * second.
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
import type { SlotStore } from '../storage.ts';
import { errorCodeOf, fileMode, folderMode } from './durable.ts';

/** Keeps slot batches in files under `root`. */
export function createLocalSlots(root: string): SlotStore {
  const folderOf = (folder: string): string => join(root, ...folder.split('/'));
  const pathOf = (folder: string, number: number): string => join(folderOf(folder), String(number));

  const writeTemporary = (folder: string, number: number, content: string): string => {
    const temporary = `${pathOf(folder, number)}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      writeFileSync(temporary, content, { mode: fileMode, flag: 'wx' });
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
      mkdirSync(folderOf(folder), { recursive: true, mode: folderMode });
      writeFileSync(temporary, content, { mode: fileMode, flag: 'wx' });
    }
    return temporary;
  };

  return {
    async list(folder) {
      try {
        return readdirSync(folderOf(folder))
          .filter((name) => /^\d+$/.test(name))
          .map(Number)
          .sort((a, b) => a - b);
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return [];
        throw error;
      }
    },

    async read(folder, number) {
      try {
        return readFileSync(pathOf(folder, number), 'utf8');
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },

    async create(folder, number, content) {
      const temporary = writeTemporary(folder, number, content);
      try {
        // A link appears whole or not at all, and only if the name is free.
        linkSync(temporary, pathOf(folder, number));
        return true;
      } catch (error) {
        if (errorCodeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        rmSync(temporary, { force: true });
      }
    },

    async replace(folder, number, content) {
      renameSync(writeTemporary(folder, number, content), pathOf(folder, number));
    },

    async remove(folder, numbers) {
      for (const number of numbers) {
        try {
          unlinkSync(pathOf(folder, number));
        } catch (error) {
          if (errorCodeOf(error) !== 'ENOENT') throw error;
        }
      }
    },
  };
}
