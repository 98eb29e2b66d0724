/* The report on a batch: made of its manifest and the catalogue of codes, so it holds no row. */

import { type RowOutcome, rowOutcomes } from '../../contract/outcome.ts';
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
  /** What is left to do, in sentences; empty where nothing is. */
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

/** The report's content. */
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
    ...task(contradictions, 'contradict themselves: see remarks in unresolved.csv before anything else'),
    ...task(of('unknown'), 'may have been charged: look each up at the gateway (unresolved.csv)'),
    ...task(
      of('charged_without_token'),
      'were charged without a token: refund them, or ask the gateway for it',
    ),
    ...task(
      of('failed') - notCharged,
      'were refused by the gateway itself: fix the cause, then send them again',
    ),
    ...task(notCharged, 'were not charged, as a person found out: a redrive sends them again'),
    ...task(of('rejected'), 'go back to the merchant: they were never sent'),
    ...task(of('not_sent'), 'were not sent, since the batch was cancelled: send them again if still wanted'),
    ...task(softDeclines, 'declined for now; on another day `redrive` with --include soft-declines'),
    ...task(hardDeclines, 'were declined for good: other cards are needed'),
  ];
}

/** What to do about tokens that came back for different cards; by row number, since a report holds no reference. */
export function describeSharedTokens({ shared_tokens: shared }: Pick<Manifest, 'shared_tokens'>): string[] {
  if (shared.rows === 0) return [];
  const [first = []] = shared.groups;
  const rows = first.slice(0, 5).join(', ');
  const more = shared.rows - Math.min(5, first.length);
  return [
    `${countOf(shared.rows, 'row')}: THE TOKEN CAME BACK FOR ANOTHER CARD, TOO (rows ${rows}${more > 0 ? ` and ${more} more` : ''}; shared_tokens in manifest.json). Do not use these tokens; ask the gateway which card each one stands for`,
  ];
}

function task(rows: number, text: string): string[] {
  return rows === 0 ? [] : [`${countOf(rows, 'row')}: ${text}`];
}

const outcomeTexts: Readonly<Record<RowOutcome, string>> = {
  tokenized: 'the token is in hand',
  declined: 'the gateway or the issuer said no; nothing was charged',
  rejected: 'failed our own checks; never sent',
  failed: 'the gateway refused the request; nothing was charged',
  charged_without_token: 'charged, but no token came back',
  unknown: 'may have been charged',
  skipped: 'had a token already',
  not_sent: 'the batch was cancelled first',
};

/** The report as Markdown. */
export function formatReport(report: Report): string {
  const { outcomes, rows } = report;
  return [
    `# Batch ${report.batch_id}`,
    '',
    `- Merchant: ${report.merchant_id}`,
    `- File: \`${report.file.replaceAll('`', "'")}\`, ${countOf(rows, 'row')}`,
    `- Gateway: ${report.base_url}, ${report.is_live ? 'LIVE: every payment was real' : 'SANDBOX: no real payments'}`,
    `- Started ${report.started_at}, results of ${report.published_at}`,
    `- Status: ${report.status}`,
    '',
    '## What became of the rows',
    '',
    '| outcome | rows | share | meaning |',
    '|---|---:|---:|---|',
    ...rowOutcomes
      .filter((outcome) => (outcomes[outcome] ?? 0) > 0)
      .map((outcome) => {
        const count = outcomes[outcome] ?? 0;
        return `| ${outcome} | ${count} | ${((count * 100) / rows).toFixed(1)} % | ${outcomeTexts[outcome]} |`;
      }),
    `| **all** | **${rows}** | | |`,
    '',
    '## Money',
    '',
    `- Charged: ${describeMoney(report.charged)}`,
    `- May have been charged besides: ${describeMoney(report.possibly_charged)}`,
    '',
    ...(report.error_codes.length === 0
      ? []
      : [
          '## Why rows have no token',
          '',
          '| code | rows | meaning | who must act | next step |',
          '|---|---:|---|---|---|',
          ...report.error_codes.map(
            ({ code, rows: count, text, actor, next_step: nextStep }) =>
              `| \`${code}\` | ${count} | ${text} | ${actor} | ${nextStep} |`,
          ),
          '',
        ]),
    '## What is left to do',
    '',
    ...(report.left_to_do.length === 0 ? ['Nothing.'] : report.left_to_do.map((text) => `- ${text}`)),
  ].join('\n');
}

function describeMoney(amounts: Readonly<Record<string, string>>): string {
  const parts = Object.entries(amounts).map(([currency, total]) => `${total} ${currency}`);
  return parts.length === 0 ? 'nothing' : parts.join(' and ');
}
