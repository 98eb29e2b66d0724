import { errorCodeEntry, type RowErrorCode } from '../domain/error-codes.ts';
import type { FilePreview, LineSample } from '../input/file-preview.ts';

export interface PreviewText {
  readonly preview: FilePreview;
  readonly batchId: string;
  readonly isLive: boolean;
  readonly ratePerS: number | undefined;
  readonly baseUrl: string;
}

/** What the operator sees before the start: what will be charged, where, how fast, and what to look at first. */
export function describePreview({ preview, batchId, isLive, ratePerS, baseUrl }: PreviewText): string {
  const amounts = Object.entries(preview.amounts).map(([currency, total]) => `${total} ${currency}`);
  return [
    `Batch     ${batchId}`,
    `Gateway   ${baseUrl} ${isLive ? '(LIVE: every row is a real payment)' : '(SANDBOX)'}`,
    `Rows      ${preview.rows}: ${preview.sendableRows} to send, ${preview.rejectedRows} rejected`,
    `Charges   ${amounts.length === 0 ? 'nothing' : `${amounts.join(' and ')} in all`}`,
    `Pace      ${describePace(preview.sendableRows, ratePerS)}`,
    ...describeFindings(preview),
  ].join('\n');
}

/** Rejected rows by code, and what deserves a look, with the first lines of each. */
export function describeFindings({ byErrorCode, warnings }: FilePreview): string[] {
  const rejected = Object.entries(byErrorCode).map(
    ([code, sample]) => `  ${code}: ${errorCodeEntry(code as RowErrorCode).text} ${describeLines(sample)}`,
  );
  const notes = [
    note(warnings.sharedCards, 'cards that stand in an earlier row too: each row is charged'),
    note(warnings.unusualBrands, 'cards of a brand that few gateways take'),
    note(warnings.unionpayLuhn, 'UnionPay numbers that fail the Luhn check'),
    note(warnings.formulaRefs, 'references that a spreadsheet takes for a formula'),
    note(warnings.expiringSoon, 'cards that expire this month or the next'),
  ].flat();
  return [
    ...(rejected.length === 0 ? [] : ['Rejected, not sent:', ...rejected]),
    ...(notes.length === 0 ? [] : ['Look at:', ...notes]),
  ];
}

function note(sample: LineSample, text: string): string[] {
  return sample.count === 0 ? [] : [`  ${text} ${describeLines(sample)}`];
}

function describeLines({ count, firstLines }: LineSample): string {
  const more = count > firstLines.length ? ', …' : '';
  return `(${count}; line ${firstLines.join(', ')}${more})`;
}

function describePace(rows: number, ratePerS: number | undefined): string {
  if (ratePerS === undefined) return 'as fast as the gateway answers';
  const minutes = Math.ceil(rows / ratePerS / 60);
  return `${ratePerS} requests/s, about ${minutes} min`;
}
