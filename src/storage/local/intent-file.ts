/*
 * An intent is a file of one disk block: a 512-byte head, written on creation, followed by space
 * for the result. The space is filled with blanks on creation, so that writing the result needs no
 * space that a full disk would refuse. Head and result each carry a MAC. A part that is not even
 * complete was cut off by a power cut; a complete part with a wrong MAC was altered.
 */
import { z } from 'zod';
import type { Integrity } from '../integrity.ts';
import { macLength } from '../integrity.ts';
import { rowAnswerSchema } from '../row-answer-schema.ts';
import type { IntentHead, IntentResult, ShardRef } from '../storage.ts';

const headBytes = 512;
const intentBytes = 4096;
export const resultOffset = headBytes;
const resultBytes = intentBytes - headBytes;

const headSchema = z.object({
  row: z.int(),
  intent: z.int(),
  merchantTxnRef: z.string(),
  owner: z.string(),
  nonce: z.string(),
  createdAtMs: z.number(),
  deadlineMs: z.number(),
});

const resultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not_processed'), cause: z.string() }),
  z.object({ kind: z.literal('final'), answer: rowAnswerSchema }),
]);

/** Names an intent for its MAC, so that a valid file elsewhere is not valid here. */
export function placeOfIntent({ batchId, pass, shard }: ShardRef, row: number, intent: number): string {
  return `${batchId} pass ${pass} shard ${shard} intent ${row}.${intent}`;
}

/** What authenticates an intent file. `place` comes from `placeOfIntent`. */
export interface IntentSeal {
  readonly integrity: Integrity;
  readonly place: string;
}

/** The bytes of a new intent. */
export function encodeNewIntent(head: IntentHead, { integrity, place }: IntentSeal): Buffer {
  const bytes = Buffer.alloc(intentBytes, ' ');
  const json = JSON.stringify(head);
  const text = `${integrity.macOf(`head ${place}`, json)} ${json}`;
  const written = bytes.write(text, 0, headBytes - 1, 'utf8');
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
export function encodeResult(result: IntentResult, { integrity, place }: IntentSeal): Buffer {
  const json = JSON.stringify(result);
  const text = Buffer.from(`${integrity.macOf(`result ${place}`, json)} ${json}`);
  const bytes = Buffer.alloc(Math.max(resultBytes, text.byteLength + 1), ' ');
  text.copy(bytes);
  bytes.write('\n', bytes.byteLength - 1);
  return bytes;
}

/** An intent file as read. */
export interface DecodedIntent {
  /** Undefined if the head was cut off before it was durable. */
  readonly head?: IntentHead;
  readonly result?: IntentResult;
  /** A complete head or result has a wrong MAC. Nothing of the file can be trusted. */
  readonly isAltered?: true;
}

/** Parses an intent file. */
export function decodeIntent(bytes: Buffer, { integrity, place }: IntentSeal): DecodedIntent {
  const head = parsePart(headSchema, bytes.toString('utf8', 0, headBytes), integrity, `head ${place}`);
  const result = parsePart(resultSchema, bytes.toString('utf8', resultOffset), integrity, `result ${place}`);
  if (head === 'altered' || result === 'altered') return { isAltered: true };
  return { ...(head === undefined ? {} : { head }), ...(result === undefined ? {} : { result }) };
}

/** Undefined if the part is absent or was cut off. */
function parsePart<T>(
  schema: z.ZodType<T>,
  text: string,
  integrity: Integrity,
  context: string,
): T | 'altered' | undefined {
  const trimmed = text.trimEnd();
  const json = trimmed.slice(macLength + 1);
  let parsed: T;
  try {
    parsed = schema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
  return integrity.isValid(trimmed.slice(0, macLength), context, json) ? parsed : 'altered';
}
