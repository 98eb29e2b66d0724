/*
 * Where a storage is, so that a copy of it is recognized. `place.json` holds its own inode number
 * and the machine's id. A copy has another inode, also if it was copied back from a backup. Moving
 * the folder within its file system changes nothing.
 */
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parseJson } from '../stored-json.ts';
import { errorCodeOf, fileMode, syncFolder } from './durable.ts';

const placeName = 'place.json';
const placeSchema = z.object({
  version: z.literal(1),
  /** Inode number of the file itself. */
  inode: z.string(),
  /** Digest of the machine's id; absent if the machine has none, as in most containers. */
  machine: z.string().exactOptional(),
});

/** `unregistered`: the storage has no place yet. `moved`: it is a copy, or on another machine. */
export type PlaceState = 'registered' | 'unregistered' | 'moved';

/** A file that another process creates at this moment is empty for some microseconds. */
const readAttempts = 20;
const readAgainAfterMs = 10;

/** Compares the storage's place with where it is now. */
export async function readPlace(root: string): Promise<PlaceState> {
  const path = join(root, placeName);
  for (let attempt = 1; ; attempt += 1) {
    let text: string;
    let inode: string;
    try {
      const file = await open(path, 'r');
      try {
        inode = String((await file.stat({ bigint: true })).ino);
        text = await file.readFile('utf8');
      } finally {
        await file.close();
      }
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return 'unregistered';
      throw error;
    }
    const place = placeSchema.safeParse(parseJson(text)).data;
    if (place !== undefined) {
      const machine = await readMachine();
      const isOther = place.machine !== undefined && machine !== undefined && place.machine !== machine;
      return place.inode === inode && !isOther ? 'registered' : 'moved';
    }
    if (attempt === readAttempts) return 'moved';
    await sleep(readAgainAfterMs);
  }
}

/** Registers the storage's place durably, unless it has one. */
export async function registerPlace(root: string): Promise<void> {
  try {
    await writePlace(join(root, placeName));
  } catch (error) {
    // Another process has just registered it.
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  }
  await syncFolder(root);
}

/** Registers where the storage is now, whatever its place was. */
export async function replacePlace(root: string): Promise<void> {
  const temporary = join(root, `.${placeName}.tmp`);
  await rm(temporary, { force: true });
  await writePlace(temporary);
  // A rename keeps the inode.
  await rename(temporary, join(root, placeName));
  await syncFolder(root);
}

/** Written in place, since the file holds its own inode number. */
async function writePlace(path: string): Promise<void> {
  const file = await open(path, 'wx', fileMode);
  try {
    const { ino } = await file.stat({ bigint: true });
    const machine = await readMachine();
    const place = { version: 1, inode: String(ino), ...(machine === undefined ? {} : { machine }) };
    await file.writeFile(`${JSON.stringify(place)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A digest of the machine's id; undefined if it has none. */
async function readMachine(): Promise<string | undefined> {
  const id = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  return id === '' ? undefined : createHash('sha256').update(`cardlift ${id}`).digest('hex').slice(0, 16);
}
