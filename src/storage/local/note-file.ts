/*
 * A note as a file of one disk block: a head of 512 bytes, written when it is made, and room for the end behind it. The
 * room is written with blanks at the making, so that the end needs no space that a full disk would refuse. The end carries
 * a checksum: half an end, from a power cut, reads as none, and the row as unknown.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { rowAnswerSchema } from '../row-answer-schema.ts';
import type { NoteEnd, NoteHead } from '../storage.ts';

const headBytes = 512;
const noteBytes = 4096;
export const endOffset = headBytes;
const endBytes = noteBytes - headBytes;
const checksumLength = 16;

const headSchema = z.object({
  row: z.int(),
  note: z.int(),
  merchantTxnRef: z.string(),
  maker: z.string(),
  madeAtMs: z.number(),
  deadlineMs: z.number(),
});

const endSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not_processed'), cause: z.string() }),
  z.object({ kind: z.literal('ended'), answer: rowAnswerSchema }),
]);

/** The bytes of a new note. */
export function encodeNewNote(head: NoteHead): Buffer {
  const bytes = Buffer.alloc(noteBytes, ' ');
  const written = bytes.write(JSON.stringify(head), 0, headBytes - 1, 'utf8');
  if (written >= headBytes - 1) {
    throw new Error('Cannot make a note: its head is larger than its room');
  }
  bytes.write('\n', headBytes - 1);
  bytes.write('\n', noteBytes - 1);
  return bytes;
}

/** The bytes to write at `endOffset`. The room holds the longest ids the client keeps; a longer end makes the file grow. */
export function encodeEnd(end: NoteEnd): Buffer {
  const json = JSON.stringify(end);
  const text = Buffer.from(`${checksumOf(json)} ${json}`);
  const bytes = Buffer.alloc(Math.max(endBytes, text.byteLength + 1), ' ');
  text.copy(bytes);
  bytes.write('\n', bytes.byteLength - 1);
  return bytes;
}

/** Reads a note's file; `head` is undefined where it was cut off before it was durable. */
export function decodeNote(bytes: Buffer): { head: NoteHead | undefined; end?: NoteEnd } {
  const head = parseJson(headSchema, bytes.toString('utf8', 0, headBytes));
  const text = bytes.toString('utf8', endOffset).trimEnd();
  const json = text.slice(checksumLength + 1);
  if (text.slice(0, checksumLength) !== checksumOf(json)) {
    return { head };
  }
  const end = parseJson(endSchema, json);
  return end === undefined ? { head } : { head, end };
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
