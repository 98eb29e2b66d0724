/*
 * The content of a batch's report, and what `report --json` prints. It is made from the manifest
 * and the catalogue of codes, so it contains no row.
 */
import type { RowOutcome } from '../../contract/outcome.ts';
import { countOf } from '../../domain/counted-text.ts';
import {
  type Actor,
  errorCodeEntry,
  type Resend,
  type RowErrorCode,
  rowErrorCodes,
} from '../../domain/error-codes.ts';
import type { Manifest } from '../../results/manifest.ts';

export interface Report {
  readonly batch_id: string;
  readonly merchant_id: string;
  readonly file: string;
  readonly status: Manifest['status'];
  readonly is_live: boolean;
  readonly base_url: string;
  readonly started_at: string;
  readonly published_at: string;
  readonly rows: number;
  readonly outcomes: Readonly<Partial<Record<RowOutcome, number>>>;
  readonly charged: Readonly<Record<string, string>>;
  readonly possibly_charged: Readonly<Record<string, string>>;
  readonly contradictions: number;
  readonly shared_tokens: Manifest['shared_tokens'];
  readonly error_codes: readonly ReportedCode[];
  /** What is left to do, one task each. */
  readonly left_to_do: readonly string[];
}

interface ReportedCode {
  readonly code: string;
  readonly rows: number;
  readonly outcome: RowOutcome;
  readonly text: string;
  readonly actor: Actor;
  readonly resend: Resend;
  readonly next_step: string;
}

/** Makes the report from the manifest. */
export function createReport(manifest: Manifest): Report {
  const { settings, input } = manifest;
  return {
    batch_id: manifest.batch_id,
    merchant_id: manifest.merchant_id,
    file: input.file,
    status: manifest.status,
    is_live: settings.is_live,
    base_url: settings.base_url,
    started_at: manifest.started_at,
    published_at: manifest.published_at,
    rows: input.rows,
    outcomes: manifest.outcomes,
    charged: manifest.charged,
    possibly_charged: manifest.possibly_charged,
    contradictions: manifest.contradictions,
    shared_tokens: manifest.shared_tokens,
    error_codes: Object.entries(manifest.error_codes).flatMap(([code, rows]) => codeOf(code, rows)),
    left_to_do: tasksOf(manifest),
  };
}

function codeOf(code: string, rows: number): ReportedCode[] {
  if (!Object.hasOwn(rowErrorCodes, code)) return [];
  const { outcome, text, actor, resend, nextStep } = errorCodeEntry(code as RowErrorCode);
  return [{ code, rows, outcome, text, actor, resend, next_step: nextStep }];
}

function tasksOf(manifest: Manifest): string[] {
  const { outcomes, error_codes: codes, contradictions } = manifest;
  const of = (outcome: RowOutcome): number => outcomes[outcome] ?? 0;
  const softDeclines = Object.entries(codes)
    .flatMap(([code, rows]) => codeOf(code, rows))
    .filter(({ outcome, resend }) => outcome === 'declined' && resend === 'redrive')
    .reduce((sum, { rows }) => sum + rows, 0);
  const notCharged = codes.resolved_not_charged ?? 0;
  const hardDeclines = of('declined') - softDeclines;
  return [
    ...describeSharedTokens(manifest),
    ...task(contradictions, 'contradictory answers: read the remarks in unresolved.csv first'),
    ...task(of('unknown'), 'may have been charged: look up each row at the gateway (unresolved.csv)'),
    ...task(of('charged_without_token'), 'charged without a token: refund, or ask the gateway for the token'),
    ...task(of('failed') - notCharged, 'refused by the gateway: fix the cause, then redrive'),
    ...task(notCharged, 'resolved as not charged: redrive'),
    ...task(of('rejected'), 'rejected and never sent: return to the merchant'),
    ...task(of('not_sent'), 'not sent before the batch ended: redrive if still wanted'),
    ...task(softDeclines, 'declined for now: redrive on another day with --include soft-declines'),
    ...task(hardDeclines, 'declined permanently: other cards are needed'),
  ];
}

/**
 * The task for tokens that different cards share. It names row numbers, since a report has no
 * references.
 */
export function describeSharedTokens({ shared_tokens: shared }: Pick<Manifest, 'shared_tokens'>): string[] {
  if (shared.rows === 0) return [];
  const [first = []] = shared.groups;
  const rows = first.slice(0, 5).join(', ');
  const more = shared.rows - Math.min(5, first.length);
  return [
    `${countOf(shared.rows, 'row')}: SAME TOKEN FOR DIFFERENT CARDS (rows ${rows}${more > 0 ? ` and ${more} more` : ''}; shared_tokens in manifest.json). Do not use these tokens. Ask the gateway which card each one belongs to`,
  ];
}

function task(rows: number, text: string): string[] {
  return rows === 0 ? [] : [`${countOf(rows, 'row')}: ${text}`];
}
