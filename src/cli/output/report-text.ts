/* The report of a batch as Markdown. */
import { type RowOutcome, rowOutcomes } from '../../contract/outcome.ts';
import { countOf } from '../../domain/counted-text.ts';
import type { Report } from './report-summary.ts';

const outcomeTexts: Readonly<Record<RowOutcome, string>> = {
  tokenized: 'token received',
  declined: 'declined by the gateway or the issuer; not charged',
  rejected: 'failed validation; never sent',
  failed: 'refused by the gateway; not charged',
  charged_without_token: 'charged, but no token received',
  unknown: 'may have been charged',
  skipped: 'already had a token',
  not_sent: 'not sent before the batch ended',
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
    `- Started ${report.started_at}, results published ${report.published_at}`,
    `- Status: ${report.status}`,
    '',
    '## Outcomes',
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
    '## Charges',
    '',
    `- Charged: ${describeMoney(report.charged)}`,
    `- May also have been charged: ${describeMoney(report.possibly_charged)}`,
    '',
    ...(report.error_codes.length === 0
      ? []
      : [
          '## Rows without a token',
          '',
          '| code | rows | meaning | who must act | next step |',
          '|---|---:|---|---|---|',
          ...report.error_codes.map(
            ({ code, rows: count, text, actor, next_step: nextStep }) =>
              `| \`${code}\` | ${count} | ${text} | ${actor} | ${nextStep} |`,
          ),
          '',
        ]),
    '## To do',
    '',
    ...(report.left_to_do.length === 0 ? ['Nothing.'] : report.left_to_do.map((text) => `- ${text}`)),
  ].join('\n');
}

function describeMoney(amounts: Readonly<Record<string, string>>): string {
  const parts = Object.entries(amounts).map(([currency, total]) => `${total} ${currency}`);
  return parts.length === 0 ? 'nothing' : parts.join(' and ');
}
