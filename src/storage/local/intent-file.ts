/*
 * An intent is a file of one disk block: a 512-byte head, written on creation, followed by space
 * for the result. The space is filled with blanks on creation, so that writing the result needs no
 * space that a full disk would refuse. The result carries a checksum: a partial result after a
 * power cut reads as no result, and the row becomes unknown.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { rowAnswerSchema } from '../row-answer-schema.ts';
import type { IntentHead, IntentResult } from '../storage.ts';

const headBytes = 512;
const intentBytes = 4096;
export const resultOffset = headBytes;
const resultBytes = intentBytes - headBytes;
const checksumLength = 16;

const headSchema = z.object({
  row: z.int(),
  intent: z.int(),
  merchantTxnRef: z.string(),
  owner: z.string(),
  createdAtMs: z.number(),
  deadlineMs: z.number(),
});

const resultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not_processed'), cause: z.string() }),
  z.object({ kind: z.literal('final'), answer: rowAnswerSchema }),
]);

/** The bytes of a new intent. */
export function encodeNewIntent(head: IntentHead): Buffer {
  const bytes = Buffer.alloc(intentBytes, ' ');
  const written = bytes.write(JSON.stringify(head), 0, headBytes - 1, 'utf8');
  if (written >= headBytes - 1) {
    throw new Error('Cannot create an intent: its head is longer than the space for it');
  }
  bytes.write('\n', headBytes - 1);
  bytes.write('\n', intentBytes - 1);
  return bytes;
}

/**
 * The bytes to write at `resultOffset`. The space fits the longest ids that the client keeps; a
 * longer result makes the file grow.
 */
export function encodeResult(result: IntentResult): Buffer {
  const json = JSON.stringify(result);
  const text = Buffer.from(`${checksumOf(json)} ${json}`);
  const bytes = Buffer.alloc(Math.max(resultBytes, text.byteLength + 1), ' ');
  text.copy(bytes);
  bytes.write('\n', bytes.byteLength - 1);
  return bytes;
}

/** Parses an intent file. `head` is undefined if the head was cut off before it was durable. */
export function decodeIntent(bytes: Buffer): { head: IntentHead | undefined; result?: IntentResult } {
  const head = parseJson(headSchema, bytes.toString('utf8', 0, headBytes));
  const text = bytes.toString('utf8', resultOffset).trimEnd();
  const json = text.slice(checksumLength + 1);
  if (text.slice(0, checksumLength) !== checksumOf(json)) {
    return { head };
  }
  const result = parseJson(resultSchema, json);
  return result === undefined ? { head } : { head, result };
}

function checksumOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, checksumLength);
}

function parseJson<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
