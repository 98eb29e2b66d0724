import { countOf } from '../../domain/counted-text.ts';
import { errorCodeEntry, type RowErrorCode } from '../../domain/error-codes.ts';
import { formatWindow, type SendWindow } from '../../domain/send-window.ts';
import type { ColumnSamples, FilePreview, LineSample, SharedCardSample } from '../../input/file-preview.ts';
import type {
  BatchOverlap,
  EarlierBatches,
  RowSample,
  UnknownBatch,
} from '../../operations/launch/earlier-batches.ts';
import type { EarlierFile } from '../../results/earlier-results.ts';
import { formatSeconds } from './progress-text.ts';
import { wrapLine } from './wrapped-text.ts';

export interface PreviewText {
  readonly preview: FilePreview;
  /** The earlier results that decide which rows are skipped. */
  readonly skippedBy: readonly EarlierFile[];
  readonly earlier: EarlierBatches;
  readonly batchId: string;
  readonly isLive: boolean;
  readonly ratePerS: number | undefined;
  readonly concurrency: number;
  readonly baseUrl: string;
  readonly window?: SendWindow;
  readonly canaryRows?: number;
}

/** The preview before the start: what is charged, where, how fast, and what to check. */
export function describePreview(input: PreviewText): string {
  const { preview, batchId, isLive, baseUrl } = input;
  return [
    `Batch     ${batchId}`,
    `Gateway   ${baseUrl}`,
    `Mode      ${describeMode(isLive)}`,
    `Rows      ${preview.rows}: ${preview.sendableRows} to send, ${describeSkippedRows(input)}${preview.rejectedRows} rejected`,
    ...input.skippedBy.map(describeSkippedBy),
    `Charges   ${describeCharges(preview)}`,
    `Rate      ${describeRate(preview.sendableRows, input)}`,
    ...(input.window === undefined ? [] : [`Hours     ${formatWindow(input.window)} only`]),
    ...(input.canaryRows === undefined
      ? []
      : [`Canary    ${countOf(input.canaryRows, 'row')} first; the rest wait for approval`]),
    `Earlier   ${describeCompared(input.earlier)}`,
  ]
    .map((line) => wrapLine(line, 10))
    .concat(describeFindings(preview), describeOverlaps(input.earlier))
    .join('\n');
}

function describeSkippedRows({ preview, skippedBy }: PreviewText): string {
  return skippedBy.length === 0 ? '' : `${preview.skippedRows} skipped (already tokenized), `;
}

function describeSkippedBy({ name, tokens, manifest }: EarlierFile): string {
  const whose =
    manifest === undefined
      ? 'CHECK THE MERCHANT AND GATEWAY: there is no manifest.json beside it'
      : `from ${manifest.batchId}`;
  return `Skipping  ${name}: ${countOf(tokens, 'token')}, ${whose}`;
}

/** Spelled out, since sending a file to the wrong gateway cannot be undone. */
export function describeMode(isLive: boolean): string {
  return isLive ? 'LIVE: every row sent is a real payment' : 'SANDBOX: no real payments';
}

/** `33 × 10.00 USD = 330.00 USD` if all rows of a currency have the same amount. */
export function describeCharges({ amounts, charges }: FilePreview): string {
  const parts = Object.entries(amounts).map(([currency, total]) => {
    const { rows = 0, each } = charges[currency] ?? {};
    return each === undefined
      ? `${total} ${currency} in ${countOf(rows, 'row')}`
      : `${rows} × ${each} ${currency} = ${total} ${currency}`;
  });
  return parts.length === 0 ? 'nothing' : parts.join(' and ');
}

/** Rejected rows by code, and what to check, each with its first lines. */
export function describeFindings(
  { byErrorCode, warnings, proposals }: FilePreview,
  textOf: (code: RowErrorCode) => string = (code) => errorCodeEntry(code).text,
): string[] {
  const rejected = Object.entries(byErrorCode).map(
    ([code, sample]) => `  ${code}: ${textOf(code as RowErrorCode)} ${describeLines(sample)}`,
  );
  const intents = [
    sharedIntent(warnings.sharedCards),
    intent(warnings.unusualBrands, 'cards of a brand that few gateways accept'),
    intent(warnings.unionpayLuhn, 'UnionPay numbers that fail the Luhn check'),
    intent(warnings.formulaRefs, 'references that a spreadsheet reads as a formula'),
    intent(
      warnings.oddBlankRefs,
      'references with leading or trailing white space, or with an unusual space',
    ),
    intent(warnings.spreadsheetRefs, 'references that a spreadsheet may have rounded or turned into a date'),
    columnIntents(warnings.lostCharacters, 'with U+FFFD in place of a letter that was lost before'),
    columnIntents(warnings.unlikelyValues, 'that does not look like one: cells may have slipped'),
    intent(warnings.expiringSoon, 'cards that expire this month or next month'),
  ].flat();
  return [
    ...(rejected.length === 0 ? [] : ['Rejected (not sent):', ...rejected]),
    ...(proposals.length === 0
      ? []
      : [
          'A mapping (--columns) with these lines would read rejected rows. Add them only if they are right:',
          ...proposals.map((line) => `  ${line}`),
        ]),
    ...(intents.length === 0 ? [] : ['Check:', ...intents]),
  ].map((line) => wrapLine(line, 4));
}

function intent(sample: LineSample, text: string): string[] {
  return sample.count === 0 ? [] : [`  ${text} ${describeLines(sample)}`];
}

function columnIntents(samples: ColumnSamples, text: string): string[] {
  return Object.entries(samples).map(([column, sample]) => `  ${column} ${text} ${describeLines(sample)}`);
}

function sharedIntent({ count, firstLines, earlierRows }: SharedCardSample): string[] {
  if (count === 0) return [];
  const pairs = firstLines.map((line, index) => `line ${line}, same card as row ${earlierRows[index]}`);
  const more = count > pairs.length ? ', …' : '';
  return [`  cards that an earlier row also has: each row is charged (${count}; ${pairs.join('; ')}${more})`];
}

function describeLines({ count, firstLines }: LineSample): string {
  const more = count > firstLines.length ? ', …' : '';
  return `(${count}; line ${firstLines.join(', ')}${more})`;
}

function describeRate(rows: number, { ratePerS, concurrency }: PreviewText): string {
  if (ratePerS === undefined) {
    return `as fast as the gateway responds, at most ${countOf(concurrency, 'request')} in flight`;
  }
  return `${ratePerS} requests/s, so at least ${formatSeconds(Math.ceil(rows / ratePerS))}`;
}

function describeCompared(earlier: EarlierBatches): string {
  const { overlaps, comparedBatches, incomparableBatches, unknownBatches } = earlier;
  const batches = (count: number): string => countOf(count, 'batch', 'batches');
  return [
    comparedBatches === 0
      ? `no other batch of this merchant in this storage${unknownBatches.length === 0 ? '' : ' that can be compared'}`
      : `compared with ${batches(comparedBatches)} of this merchant: ${overlaps.length === 0 ? 'no rows in common' : `${overlaps.length} with rows in common, see below`}`,
    ...(incomparableBatches === 0
      ? []
      : [`${batches(incomparableBatches)} not compared: staged with another key file`]),
    ...(unknownBatches.length === 0
      ? []
      : [`${batches(unknownBatches.length)} that may have any of these rows, see below`]),
  ].join('; ');
}

function describeOverlaps({ overlaps, unknownBatches }: EarlierBatches): string[] {
  return [
    ...(overlaps.length === 0 ? [] : ['Already in earlier batches of this merchant:']),
    ...overlaps.flatMap(describeOverlap),
    ...(unknownBatches.length === 0
      ? []
      : ['Cannot be compared, so any reference may be charged there too:']),
    ...unknownBatches.flatMap(describeUnknown),
  ];
}

function describeUnknown({ batchId, cause }: UnknownBatch): string[] {
  const text =
    cause === 'not_staged'
      ? 'not staged yet: wait until it is, or cancel it if it is not wanted'
      : 'its fingerprints are missing from the storage: compare its results with the file';
  return [`  ${batchId}`, wrapLine(`    ${text}`, 6)];
}

function describeOverlap({ batchId, tokenizedRefs, openRefs, otherRefs }: BatchOverlap): string[] {
  return [
    `  ${batchId}`,
    ...rowIntent(
      tokenizedRefs,
      'references that have a token and would be charged again; --skip-tokenized-in RESULTS skips them',
    ),
    ...rowIntent(openRefs, 'references that may have been charged there, or that it may still send'),
    ...rowIntent(otherRefs, 'cards under another reference: they would be charged again'),
  ].map((line) => wrapLine(line, 6));
}

function rowIntent({ count, firstRows }: RowSample, text: string): string[] {
  const more = count > firstRows.length ? ', …' : '';
  return count === 0 ? [] : [`    ${text} (${count}; row ${firstRows.join(', ')}${more})`];
}
