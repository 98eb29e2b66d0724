/* doctor on what lies on this machine: the storage, the key, card data past its retention. */
import { randomUUID } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { readRetention } from '../../operations/retention.ts';
import { listBatches } from '../../storage/batch-index.ts';
import { readBatchRecord } from '../../storage/batch-record.ts';
import { KeyFileError, readKeyFile } from '../../storage/key-file.ts';
import { type Check, notMadeYet } from './doctor-check.ts';

const gigabyte = 1_000_000_000;
/** A million rows take about two gigabytes of staging, intents and results. */
const roomyBytes = 3 * gigabyte;
const tightBytes = gigabyte / 10;

export async function checkStorage(context: AppContext): Promise<Check> {
  const { storageFolder } = context.config;
  const name = 'storage';
  try {
    const found = await stat(storageFolder).catch(() => undefined);
    if (found === undefined) return { name, status: 'warn', text: `${storageFolder} ${notMadeYet}` };
    const { files } = await context.storage();
    const probe = `doctor-${randomUUID()}`;
    await files.createExclusive(probe, 'can be written\n');
    await files.remove(probe);
    const { bavail, bsize } = await statfs(storageFolder);
    return describeStorage(storageFolder, found.mode, bavail * bsize);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return {
      name,
      status: 'fail',
      text: `${storageFolder} cannot be written${code}`,
      remedy: 'Give the folder to the user of this process, or set CARDLIFT_STORAGE to another one',
    };
  }
}

/** Judges the storage's folder by its mode and its room. */
export function describeStorage(folder: string, mode: number, freeBytes: number): Check {
  const room = `${(freeBytes / gigabyte).toFixed(1)} GB free`;
  if (freeBytes < tightBytes) {
    return {
      name: 'storage',
      status: 'fail',
      text: `${folder}: ${room}, too little for a batch`,
      remedy: 'Make room: a batch on a full disk holds',
    };
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    return {
      name: 'storage',
      status: 'warn',
      text: `${folder}: other users may look into it; ${room}`,
      command: `chmod 700 ${folder}`,
    };
  }
  return freeBytes < roomyBytes
    ? { name: 'storage', status: 'warn', text: `${folder}: ${room}; a million rows take about 2 GB` }
    : { name: 'storage', status: 'ok', text: `${folder}: can be written, ${room}` };
}

export async function checkKey({ config }: AppContext): Promise<Check> {
  const name = 'key';
  try {
    const key = await readKeyFile(config.keyFile);
    if (key === undefined) return { name, status: 'warn', text: `${config.keyFile} ${notMadeYet}` };
    const isInside = resolve(config.keyFile).startsWith(`${resolve(config.storageFolder)}${sep}`);
    return isInside
      ? {
          name,
          status: 'warn',
          text: `${config.keyFile} lies in the storage that it protects`,
          remedy: 'Keep it apart from the storage, and a copy elsewhere: set CARDLIFT_KEY_FILE',
        }
      : { name, status: 'ok', text: `${config.keyFile}: readable by its owner only` };
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    return { name, status: 'fail', text: error.message };
  }
}

export async function checkRetention(context: AppContext): Promise<Check> {
  const storage = await context.storage();
  const due: string[] = [];
  for (const batchId of await listBatches(storage)) {
    const record = await readBatchRecord(storage, batchId).catch(() => undefined);
    if (record === undefined) continue;
    const { state } = await readRetention(context, record);
    if (state === 'due' || state === 'purging') due.push(batchId);
  }
  return due.length === 0
    ? {
        name: 'retention',
        status: 'ok',
        text: `no card data older than ${context.config.retentionDays} days`,
      }
    : {
        name: 'retention',
        status: 'warn',
        text: `card data that is due or half purged: ${due.slice(0, 5).join(', ')}${due.length > 5 ? ` and ${due.length - 5} more` : ''}`,
        remedy: 'Purge each of them, the first with',
        command: `cardlift purge ${due[0]}`,
      };
}
