/*
 * The audit log of a batch: who did what, when and why. Each line is its own file, numbered from 1
 * and created exclusively. Lines are therefore only ever added, even if a process dies or several
 * write at once. Each line holds the digest of the line before it, so a changed, removed or
 * inserted line is detected. The digest of the last line covers the whole log; the manifest keeps
 * it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type AuditNews, auditActs } from '../contract/audit.ts';
import { scrubText } from '../domain/scrub.ts';
import { auditFolder, auditLineKey } from './layout.ts';
import type { Storage } from './storage.ts';
import { parseJson } from './stored-json.ts';

/** Long enough for a sentence, too short for a file pasted by mistake. */
const maxReasonLength = 300;
const maxNameLength = 100;
const maxDetailLength = 200;

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

/** A line of the log, as written. */
export type AuditLine = z.infer<typeof auditLineSchema>;

/** The log as read from the storage. */
export interface AuditLog {
  readonly lines: readonly AuditLine[];
  /** SHA-256 of the last line, which covers all lines; empty if the log is empty. */
  readonly digest: string;
  /**
   * Numbers of the lines that are missing, unreadable, or do not match the digest of the line
   * before: the log was tampered with.
   */
  readonly damagedLines: readonly number[];
}

/**
 * Appends a line durably. Does nothing if the log has a line with the same id. Also appends to a
 * damaged log.
 */
export async function appendAudit(storage: Storage, batchId: string, news: AuditNews): Promise<void> {
  for (;;) {
    const { lines, digest, last } = await readChain(storage, batchId);
    if (lines.some(({ id }) => id === news.id)) return;
    const content = `${JSON.stringify(lineOf(news, last + 1, digest))}\n`;
    // Another process may take the number first; then this line becomes the next one.
    if (await storage.files.createExclusive(auditLineKey(batchId, last + 1), content)) return;
  }
}

/** Reads and verifies the whole log. */
export async function readAudit(storage: Storage, batchId: string): Promise<AuditLog> {
  const { lines, digest, damagedLines } = await readChain(storage, batchId);
  return { lines, digest, damagedLines };
}

async function readChain(storage: Storage, batchId: string): Promise<AuditLog & { readonly last: number }> {
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
    who: scrubText(who, maxNameLength),
    act,
    ...(reason === undefined ? {} : { reason: scrubText(reason, maxReasonLength) }),
    ...(details === undefined ? {} : { details: scrubDetails(details) }),
    previous,
  };
}

function scrubDetails(details: NonNullable<AuditNews['details']>): NonNullable<AuditLine['details']> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === 'string' ? scrubText(value, maxDetailLength) : value,
    ]),
  );
}
