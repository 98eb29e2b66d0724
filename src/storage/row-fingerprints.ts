/*
 * Fingerprints of a batch's sendable rows, kept for the previews of later batches. A text file, so
 * that it can be streamed. The first line names the key that they were made with. Then follows one
 * line per row: the fingerprints of the reference and of the card in base64url, or an empty line
 * for a row that is never sent.
 *
 * Each attempt to stage the batch writes a file of its own. The fingerprints of the first attempt
 * that commits count for good: they survive a purge, and no later attempt changes them.
 */
import { z } from 'zod';
import type { Fingerprint } from '../domain/fingerprint.ts';
import { fingerprintsFolder, fingerprintsHeadKey, fingerprintsKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseJson, parseStored } from './stored-json.ts';

const headSchema = z.object({ version: z.literal(1), keyId: z.string() });
const commitSchema = z.object({ version: z.literal(1), attempt: z.string().regex(/^[a-p-]+$/) });

/** A row's two fingerprints. */
export interface RowFingerprints {
  readonly merchantRef: Fingerprint;
  readonly card: Fingerprint;
}

/** A batch's fingerprints as found. */
export type FoundFingerprints =
  | { readonly kind: 'rows'; readonly rows: AsyncIterable<RowFingerprints & { readonly row: number }> }
  /** Made with another operator's key, so they cannot be compared. */
  | { readonly kind: 'other_key' }
  /** The batch is not staged yet, or the file is missing or damaged. */
  | { readonly kind: 'none' };

/**
 * Writes the fingerprints of an attempt to stage a batch. `lines`: one per row, in order, from
 * `fingerprintLineOf`.
 */
export function writeFingerprints(
  storage: Storage,
  batchId: string,
  attempt: string,
  keyId: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  return storage.files.replace(fingerprintsKey(batchId, attempt), withHead(keyId, lines));
}

/**
 * Makes the attempt's fingerprints the batch's, unless another attempt's already are. Removes the
 * files of all other attempts. Can be repeated.
 */
export async function commitFingerprints(storage: Storage, batchId: string, attempt: string): Promise<void> {
  const key = fingerprintsHeadKey(batchId);
  await storage.files.createExclusive(key, `${JSON.stringify({ version: 1, attempt })}\n`);
  const committed = await readCommitted(storage, batchId);
  for (const name of await storage.files.list(fingerprintsFolder(batchId))) {
    if (name === `${committed}.txt`) continue;
    await storage.files.remove(`${fingerprintsFolder(batchId)}/${name}`);
  }
}

async function* withHead(keyId: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield `${JSON.stringify({ version: 1, keyId })}\n`;
  yield* lines;
}

/** The line of a row. Omit the argument for a row that is never sent. */
export function fingerprintLineOf(row?: RowFingerprints): string {
  return row === undefined ? '\n' : `${bytesOf(row).toString('base64url')}\n`;
}

/** A batch's rows with their fingerprints, in order. Throws StoredFileError. */
export async function readFingerprints(
  storage: Storage,
  batchId: string,
  keyId: string,
): Promise<FoundFingerprints> {
  const attempt = await readCommitted(storage, batchId);
  if (attempt === undefined) return { kind: 'none' };
  const lines = storage.files.readLines(fingerprintsKey(batchId, attempt))[Symbol.asyncIterator]();
  const first = await lines.next();
  const head = first.done === true ? undefined : headSchema.safeParse(parseJson(first.value));
  if (head?.success === true && head.data.keyId === keyId) return { kind: 'rows', rows: parseRows(lines) };
  await lines.return?.();
  return { kind: head?.success === true ? 'other_key' : 'none' };
}

async function readCommitted(storage: Storage, batchId: string): Promise<string | undefined> {
  const key = fingerprintsHeadKey(batchId);
  const content = await storage.files.read(key);
  return content === undefined
    ? undefined
    : parseStored(commitSchema, content.toString('utf8'), storage.files.locate(key)).attempt;
}

async function* parseRows(
  lines: AsyncIterator<string>,
): AsyncGenerator<RowFingerprints & { readonly row: number }> {
  let row = 0;
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    row += 1;
    const bytes = Buffer.from(line.value, 'base64url');
    if (bytes.byteLength !== fingerprintBytes * 2) continue;
    yield { row, merchantRef: fingerprintAt(bytes, 0), card: fingerprintAt(bytes, fingerprintBytes) };
  }
}

const fingerprintBytes = 12;

function bytesOf({ merchantRef, card }: RowFingerprints): Buffer {
  const bytes = Buffer.allocUnsafe(fingerprintBytes * 2);
  for (const [index, { high, middle, low }] of [merchantRef, card].entries()) {
    const start = index * fingerprintBytes;
    bytes.writeUInt32BE(high, start);
    bytes.writeUInt32BE(middle, start + 4);
    bytes.writeUInt32BE(low, start + 8);
  }
  return bytes;
}

function fingerprintAt(bytes: Buffer, start: number): Fingerprint {
  return {
    high: bytes.readUInt32BE(start),
    middle: bytes.readUInt32BE(start + 4),
    low: bytes.readUInt32BE(start + 8),
  };
}
