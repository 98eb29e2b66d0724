/*
 * Fingerprints of a batch's sendable rows, kept for the previews of later batches. A text file, so
 * that it can be streamed. The first line names the key that they were made with. Then follows one
 * line per row: the fingerprints of the reference and of the card in base64url, or an empty line
 * for a row that is never sent.
 */
import { z } from 'zod';
import type { Fingerprint } from '../domain/fingerprint.ts';
import { fingerprintsKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseJson } from './stored-json.ts';

const headSchema = z.object({ version: z.literal(1), keyId: z.string() });

/** A row's two fingerprints. */
export interface RowFingerprints {
  readonly merchantRef: Fingerprint;
  readonly card: Fingerprint;
}

/** Writes the fingerprints of a batch. `lines`: one per row, in order, from `fingerprintLineOf`. */
export function writeFingerprints(
  storage: Storage,
  batchId: string,
  keyId: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  return storage.files.replace(fingerprintsKey(batchId), withHead(keyId, lines));
}

async function* withHead(keyId: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield `${JSON.stringify({ version: 1, keyId })}\n`;
  yield* lines;
}

/** The line of a row. Omit the argument for a row that is never sent. */
export function fingerprintLineOf(row?: RowFingerprints): string {
  return row === undefined ? '\n' : `${bytesOf(row).toString('base64url')}\n`;
}

/**
 * A batch's rows with their fingerprints, in order. Undefined if the batch was never staged, or was
 * staged with another key.
 */
export async function readFingerprints(
  storage: Storage,
  batchId: string,
  keyId: string,
): Promise<AsyncIterable<RowFingerprints & { readonly row: number }> | undefined> {
  const lines = storage.files.readLines(fingerprintsKey(batchId))[Symbol.asyncIterator]();
  const first = await lines.next();
  const head = first.done === true ? undefined : headSchema.safeParse(parseJson(first.value));
  if (head?.success !== true || head.data.keyId !== keyId) {
    await lines.return?.();
    return undefined;
  }
  return parseRows(lines);
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
