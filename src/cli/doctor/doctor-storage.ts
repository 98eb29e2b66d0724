/* The doctor's checks of this machine: the storage, the key, and card data past its retention. */
import { randomUUID } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { movedStorageRemedy, movedStorageText } from '../../app/moved-storage.ts';
import { findNetworkStorage, networkStorageLoss } from '../../app/network-storage.ts';
import { readRetention } from '../../operations/retention.ts';
import { listBatches } from '../../storage/batch-index.ts';
import { readBatchRecord } from '../../storage/batch-record.ts';
import { KeyFileError, readKeyFile } from '../../storage/key-file.ts';
import { readPlace } from '../../storage/local/storage-place.ts';
import { type Check, notCreatedYet } from './doctor-check.ts';

const gigabyte = 1_000_000_000;
/** A million rows need about two gigabytes for staging, send intents and results. */
const roomyBytes = 3 * gigabyte;
const tightBytes = gigabyte / 10;

export async function hasStorage({ config }: AppContext): Promise<boolean> {
  return (await stat(config.storageFolder).catch(() => undefined)) !== undefined;
}

export async function checkStorage(context: AppContext): Promise<Check> {
  const { storageFolder } = context.config;
  const name = 'storage';
  try {
    const network = await findNetworkStorage(context);
    if (network !== undefined && !context.config.allowsNetworkStorage) {
      return describeNetworkStorage(storageFolder, network);
    }
    const found = await stat(storageFolder).catch(() => undefined);
    if (found === undefined) return { name, status: 'warn', text: `${storageFolder} ${notCreatedYet}` };
    const { files } = await context.storage();
    if ((await readPlace(storageFolder)) === 'moved') return describeMovedStorage(storageFolder);
    const probe = `doctor-${randomUUID()}`;
    await files.createExclusive(probe, 'can be written\n');
    await files.remove(probe);
    const { bavail, bsize } = await statfs(storageFolder);
    const check = describeStorage(storageFolder, found.mode, bavail * bsize);
    return network === undefined || check.status === 'fail' ? check : allowedNetworkStorage(check, network);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return {
      name,
      status: 'fail',
      text: `${storageFolder} is not writable${code}`,
      remedy: 'Give the user of this process access to the folder, or set CARDLIFT_STORAGE to another folder',
    };
  }
}

/** A storage from which nothing is sent until a person confirms that it was moved. */
function describeMovedStorage(folder: string): Check {
  return {
    name: 'storage',
    status: 'fail',
    text: `${folder} ${movedStorageText}`,
    remedy: movedStorageRemedy,
  };
}

/** A storage from which nothing is sent. */
function describeNetworkStorage(folder: string, fileSystem: string): Check {
  return {
    name: 'storage',
    status: 'fail',
    text: `${folder} is on a network file system: ${fileSystem} ${networkStorageLoss}`,
    remedy:
      'Set CARDLIFT_STORAGE to a folder on a disk of this machine. CARDLIFT_ALLOW_NETWORK_STORAGE=true accepts the risk',
  };
}

/** The operator accepts the risk: the check states what it is. */
function allowedNetworkStorage({ text, ...check }: Check, fileSystem: string): Check {
  return {
    ...check,
    status: 'warn',
    text: `${text}; allowed although ${fileSystem} ${networkStorageLoss}`,
    remedy: 'Run the workers of a batch on one machine only, or use a disk of this machine',
  };
}

/** Checks the mode and the free space of the storage's folder. */
export function describeStorage(folder: string, mode: number, freeBytes: number): Check {
  const space = `${(freeBytes / gigabyte).toFixed(1)} GB free`;
  if (freeBytes < tightBytes) {
    return {
      name: 'storage',
      status: 'fail',
      text: `${folder}: ${space}, not enough for a batch`,
      remedy: 'Free some space: a batch on a full disk goes on hold',
    };
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    return {
      name: 'storage',
      status: 'warn',
      text: `${folder}: other users have access; ${space}`,
      command: `chmod 700 ${folder}`,
    };
  }
  return freeBytes < roomyBytes
    ? { name: 'storage', status: 'warn', text: `${folder}: ${space}; a million rows need about 2 GB` }
    : { name: 'storage', status: 'ok', text: `${folder}: writable, ${space}` };
}

export async function checkKey({ config }: AppContext): Promise<Check> {
  const name = 'key';
  try {
    const key = await readKeyFile(config.keyFile);
    if (key === undefined) return { name, status: 'warn', text: `${config.keyFile} ${notCreatedYet}` };
    const isInside = resolve(config.keyFile).startsWith(`${resolve(config.storageFolder)}${sep}`);
    return isInside
      ? {
          name,
          status: 'warn',
          text: `${config.keyFile} is inside the storage that it protects`,
          remedy: 'Move it out of the storage, set CARDLIFT_KEY_FILE, and keep a copy elsewhere',
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
        text: `card data that is due for a purge, or partly purged: ${due.slice(0, 5).join(', ')}${due.length > 5 ? ` and ${due.length - 5} more` : ''}`,
        remedy: 'Purge each batch. The first one:',
        command: `cardlift purge ${due[0]}`,
      };
}
