import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { createKey, keyBytes } from './encryption.ts';
import { errorCodeOf, fileMode, folderMode } from './local/durable.ts';

/**
 * The operator's key, which encrypts the batches' data keys. Keep it apart from the storage (PCI
 * DSS 3.6.1).
 */
export interface OperatorKey {
  readonly id: string;
  readonly key: Buffer;
  /** True if this call created the key, so that the operator can be informed. */
  readonly isNew: boolean;
}

export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

const keyFileSchema = z.object({ id: z.uuid(), key: z.base64() });

/**
 * Reads the operator's key, or creates one on first use, readable by its owner only. Throws
 * KeyFileError.
 */
export async function readOrCreateKeyFile(path: string): Promise<OperatorKey> {
  const present = await readKeyFile(path);
  if (present !== undefined) {
    return present;
  }
  await mkdir(dirname(path), { recursive: true, mode: folderMode });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', fileMode);
  let isNew = true;
  try {
    await file.writeFile(`${JSON.stringify({ id: randomUUID(), key: createKey().toString('base64') })}\n`);
    await file.sync();
    // Two commands may get here at once: one takes the name, and both read the same file.
    await link(temporary, path);
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
    isNew = false;
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
  const made = await readKeyFile(path);
  if (made === undefined) {
    throw new KeyFileError(`Cannot read the key file ${path}: it was removed`);
  }
  return { ...made, isNew };
}

/** Reads the operator's key, or undefined if the file does not exist. Throws KeyFileError. */
export async function readKeyFile(path: string): Promise<OperatorKey | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw new KeyFileError(`Cannot read the key file ${path} (${errorCodeOf(error)})`);
  }
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new KeyFileError(`The key file ${path} is readable by other users: run chmod 600 on it`);
  }
  try {
    const { id, key } = keyFileSchema.parse(JSON.parse(text));
    const bytes = Buffer.from(key, 'base64');
    if (bytes.byteLength === keyBytes) {
      return { id, key: bytes, isNew: false };
    }
  } catch {
    // The parser's error would quote the key; the message below does not.
  }
  throw new KeyFileError(
    `The key file ${path} contains no key: restore it from your backup, or set CARDLIFT_KEY_FILE to the right file`,
  );
}
