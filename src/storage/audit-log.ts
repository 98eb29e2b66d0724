/*
 * The audit log of a batch: who did what, when and why. Each line is a file of its own, numbered from 1 and made
 * exclusively, so that lines are only ever added, whatever dies and however many write at once; an object store can do the
 * same. Each line holds the digest of the one before it: a line that was changed, removed or put between shows, and the
 * digest of the last line, which the manifest keeps, stands for the whole log.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type AuditNews, auditActs } from '../contract/audit.ts';
import { scrubText } from '../domain/scrub.ts';
import { auditFolder, auditLineKey } from './layout.ts';
import type { Storage } from './storage.ts';

/** Long enough for a sentence, too short for a file that was pasted by mistake. */
const longestReason = 300;
const longestName = 100;
const longestDetail = 200;

const auditLineSchema = z.strictObject({
  /** Counted from 1. */
  line: z.int().positive(),
  id: z.string(),
  at: z.iso.datetime(),
  who: z.string(),
  act: z.enum(auditActs),
  reason: z.string().exactOptional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
  /** SHA-256 of the line before; empty for the first. */
  previous: z.string(),
});

/** A line of the log, as it was written. */
export type AuditLine = z.infer<typeof auditLineSchema>;

/** The log as found. */
export interface AuditLog {
  readonly lines: readonly AuditLine[];
  /** SHA-256 of the last line, which stands for all of them; empty where there is none. */
  readonly digest: string;
  /** The numbers of lines that are missing, unreadable, or do not follow on the line before: somebody changed the log. */
  readonly damagedLines: readonly number[];
}

/** Adds a line durably; nothing happens where one of the same id is there. A damaged log takes lines, too. */
export async function appendAudit(storage: Storage, batchId: string, news: AuditNews): Promise<void> {
  for (;;) {
    const { lines, digest, last } = await scan(storage, batchId);
    if (lines.some(({ id }) => id === news.id)) return;
    const content = `${JSON.stringify(lineOf(news, last + 1, digest))}\n`;
    // Somebody else's line may take the number first: then this one comes after it.
    if (await storage.files.createExclusive(auditLineKey(batchId, last + 1), content)) return;
  }
}

/** Reads the whole log and checks it. */
export async function readAudit(storage: Storage, batchId: string): Promise<AuditLog> {
  const { lines, digest, damagedLines } = await scan(storage, batchId);
  return { lines, digest, damagedLines };
}

async function scan(storage: Storage, batchId: string): Promise<AuditLog & { readonly last: number }> {
  const names = await storage.files.list(auditFolder(batchId));
  const last = Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  const lines: AuditLine[] = [];
  const damagedLines: number[] = [];
  let digest = '';
  for (let number = 1; number <= last; number += 1) {
    const content = await storage.files.read(auditLineKey(batchId, number));
    const parsed = auditLineSchema.safeParse(parseJson(content?.toString('utf8')));
    if (parsed.success) lines.push(parsed.data);
    if (!parsed.success || parsed.data.line !== number || parsed.data.previous !== digest) {
      damagedLines.push(number);
    }
    digest = createHash('sha256')
      .update(content ?? '')
      .digest('hex');
  }
  return { lines, digest, damagedLines, last };
}

function lineOf(news: AuditNews, line: number, previous: string): AuditLine {
  const { id, at, who, act, reason, details } = news;
  return {
    line,
    id,
    at,
    who: scrubText(who, longestName),
    act,
    ...(reason === undefined ? {} : { reason: scrubText(reason, longestReason) }),
    ...(details === undefined ? {} : { details: scrubDetails(details) }),
    previous,
  };
}

function scrubDetails(details: NonNullable<AuditNews['details']>): NonNullable<AuditLine['details']> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === 'string' ? scrubText(value, longestDetail) : value,
    ]),
  );
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
