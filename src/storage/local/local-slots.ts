/*
 * Slot batches as files, `<shared limit>/<number>`. The calls are synchronous, as those of intents are: each takes some ten
 * microseconds, and at 200 requests a second there are 20 slot batches.
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

/** The slots under a folder of this machine. */
export function createLocalSlots(root: string): SlotStore {
  const folderOf = (sharedLimit: string): string => join(root, ...sharedLimit.split('/'));
  const pathOf = (sharedLimit: string, slotBatch: number): string =>
    join(folderOf(sharedLimit), String(slotBatch));

  const writeTemporary = (sharedLimit: string, slotBatch: number, content: string): string => {
    const temporary = `${pathOf(sharedLimit, slotBatch)}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      writeFileSync(temporary, content, { mode: fileMode, flag: 'wx' });
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
      mkdirSync(folderOf(sharedLimit), { recursive: true, mode: folderMode });
      writeFileSync(temporary, content, { mode: fileMode, flag: 'wx' });
    }
    return temporary;
  };

  return {
    async list(sharedLimit) {
      try {
        return readdirSync(folderOf(sharedLimit))
          .filter((name) => /^\d+$/.test(name))
          .map(Number)
          .sort((a, b) => a - b);
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return [];
        throw error;
      }
    },

    async read(sharedLimit, slotBatch) {
      try {
        return readFileSync(pathOf(sharedLimit, slotBatch), 'utf8');
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },

    async create(sharedLimit, slotBatch, content) {
      const temporary = writeTemporary(sharedLimit, slotBatch, content);
      try {
        // A link is made whole or not at all, and only where the name is free.
        linkSync(temporary, pathOf(sharedLimit, slotBatch));
        return true;
      } catch (error) {
        if (errorCodeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        rmSync(temporary, { force: true });
      }
    },

    async replace(sharedLimit, slotBatch, content) {
      renameSync(writeTemporary(sharedLimit, slotBatch, content), pathOf(sharedLimit, slotBatch));
    },

    async remove(sharedLimit, slotBatches) {
      for (const slotBatch of slotBatches) {
        try {
          unlinkSync(pathOf(sharedLimit, slotBatch));
        } catch (error) {
          if (errorCodeOf(error) !== 'ENOENT') throw error;
        }
      }
    },
  };
}
