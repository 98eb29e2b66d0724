/* resolve: takes back what a person found out about rows that nobody knew the outcome of. Needs the storage only. */

import { basename, resolve as resolvePath } from 'node:path';
import type { Command } from 'commander';
import { countOf } from '../../domain/counted-text.ts';
import { definedOf } from '../../domain/defined.ts';
import { scrubText } from '../../domain/scrub.ts';
import { readResolutionFile } from '../../input/resolution-file.ts';
import { auditNewsOf, reasonOption } from '../../operations/audit-news.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { republish } from '../../operations/republish.ts';
import { type CheckedResolution, checkResolution } from '../../operations/resolve/check.ts';
import { type PublicationState, readPublicationState } from '../../results/batch-past.ts';
import { readManifest } from '../../results/manifest.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { resultKey } from '../../storage/layout.ts';
import {
  createResolution,
  type Resolution,
  readResolutions,
  verdictWords,
} from '../../storage/resolutions.ts';
import type { Storage } from '../../storage/storage.ts';
import { copyResults, describeWarnings } from '../batch-end.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeNoResults } from '../no-results.ts';
import { requireOutFolder } from '../out-folder.ts';
import { describeCounts } from '../output/progress-text.ts';
import { pathFor } from '../passed-names.ts';

interface ResolveOptions {
  readonly out?: string;
  readonly yes?: true;
  readonly reason?: string;
  readonly json?: true;
}

/** Errors shown at most; the others are counted. */
const shownErrors = 50;

/** Adds `cardlift resolve`. */
export function addResolveCommand(program: Command): void {
  program
    .command('resolve')
    .argument('<batch>', 'its id, or a beginning of its name')
    .argument('<file>', 'unresolved.csv with a resolution in each row that was looked up', pathFor('FILE'))
    .summary('take back what a person found out about unknown rows')
    .option('--out <dir>', 'copy the new result files there', pathFor('--out'))
    .option('--yes', 'settle the rows without asking')
    .option(...reasonOption)
    .option('--json', 'the end as JSON')
    .addHelpText(
      'after',
      `
A resolution is one of
  tokenized              with transaction_id and stored_payment_method_id
  charged_without_token  with transaction_id
  not_charged            with neither; the row may then be sent again by redrive
Rows without one are left as they are. Everything is checked before anything is
changed. The former results stay under former/.`,
    )
    .action(async (batch: string, file: string, options: ResolveOptions) => {
      process.exitCode = await resolveRows(openContext(), batch, file, options);
    });
}

/** Settles rows after the operator's word. Throws CliError, and FileRefusedError. */
export async function resolveRows(
  context: CliContext,
  batch: string,
  file: string,
  options: ResolveOptions,
): Promise<number> {
  const { terminal, config } = context;
  await requireOutFolder(context, options.out);
  const storage = await context.storage();
  const record = await findBatch(storage, batch);
  const { sha256, lines } = await readResolutionFile(resolvePath(config.workingFolder, file));
  const source = { name: basename(file), sha256 };
  let isConfirmed = options.yes === true;
  for (;;) {
    const publication = await requirePublished(storage, record);
    const checked = await checkResolution(lines, publication.past);
    refuseErrors(checked);
    if (checked.verdicts.length === 0) {
      terminal.report(
        checked.knownLines > 0
          ? `All ${checked.knownLines} resolutions are recorded already.`
          : 'The file has no resolution: write one in the column "resolution" of each row that you looked up.',
      );
      if (checked.knownLines === 0) return exitCodes.usage;
      await finish(storage, record);
      return await report(context, storage, record, options, 0);
    }
    terminal.report(describe(record, checked));
    isConfirmed ||= await terminal.confirm('Settle these rows?');
    if (!isConfirmed) {
      throw new CliError('Nothing was settled: nobody confirmed. Give --yes to settle without being asked');
    }
    const { id, at, who, reason } = auditNewsOf('resolve', options);
    const resolution: Resolution = {
      version: 1,
      id,
      at,
      who: scrubText(who, 100),
      ...definedOf({ reason }),
      file: source,
      verdicts: [...checked.verdicts],
    };
    // A redrive may have begun while the question stood. One that begins after this look reads the verdicts before it sends.
    await requirePublished(storage, record);
    // Somebody else may have settled rows meanwhile: then everything is checked again.
    if (await createResolution(storage, record.batchId, publication.resolutions + 1, resolution)) {
      await finish(storage, record);
      return await report(context, storage, record, options, checked.verdicts.length);
    }
  }
}

async function requirePublished(
  storage: Storage,
  record: BatchRecord,
): Promise<Extract<PublicationState, { kind: 'published' }>> {
  const publication = await readPublicationState(storage, record);
  switch (publication.kind) {
    case 'first_pass_open':
      throw new CliError(`Nothing can be settled. ${await describeNoResults(storage, record)}`);
    case 'pass_open':
      throw new CliError(
        `Pass ${publication.pass} of the batch is open: nothing can be settled before it has ended. Go on with it by\n  cardlift redrive ${record.batchId}\nor end it, so that rows that were not sent keep their outcome, by\n  cardlift redrive ${record.batchId} --cancel`,
      );
    case 'published':
      return publication;
  }
}

function refuseErrors({ errors }: CheckedResolution): void {
  if (errors.length === 0) return;
  const more = errors.length - shownErrors;
  throw new CliError(
    [
      `Nothing was settled: the file has ${countOf(errors.length, 'error')}.`,
      ...errors.slice(0, shownErrors).map(({ line, text }) => `  line ${line}: ${text}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
  );
}

function describe(record: BatchRecord, { verdicts, openLines, knownLines }: CheckedResolution): string {
  return [
    `Batch     ${record.batchId}`,
    `Rows      ${verdicts.length} to settle`,
    ...verdictWords.flatMap((word) => {
      const count = verdicts.filter(({ verdict }) => verdict === word).length;
      return count === 0
        ? []
        : [`  ${count} ${word}${word === 'not_charged' ? ': MAY THEN BE CHARGED, by a redrive' : ''}`];
    }),
    ...describeNotCharged(verdicts),
    ...(knownLines === 0 ? [] : [`  ${knownLines} are recorded already`]),
    ...(openLines === 0 ? [] : [`  ${openLines} have no resolution, and are left`]),
  ].join('\n');
}

/** The rows that a redrive would charge on this person's word, to be compared with the dashboard once more. */
function describeNotCharged(verdicts: CheckedResolution['verdicts']): string[] {
  const rows = verdicts.filter(({ verdict }) => verdict === 'not_charged');
  const more = rows.length - shownErrors;
  return [
    ...rows
      .slice(0, shownErrors)
      .map(({ row, merchantTxnRef }) => `    row ${row}, merchant_txn_ref ${merchantTxnRef}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

/** What follows from the resolutions that are there: lines in the audit log, and new results. May be done again. */
async function finish(storage: Storage, record: BatchRecord): Promise<void> {
  const publication = await readPublicationState(storage, record);
  const resolutions = await readResolutions(storage, record.batchId);
  for (const { id, at, who, reason, verdicts, file } of resolutions) {
    await appendAudit(storage, record.batchId, {
      id: `resolve ${id}`,
      at,
      who,
      act: 'resolve',
      ...definedOf({ reason }),
      details: { rows: verdicts.length, file: file.name, sha256: file.sha256 },
    });
  }
  // A redrive that began this moment publishes the verdicts at its end, and sends none of their rows that were taken back.
  if (publication.kind === 'published') await republish(storage, record, publication);
}

async function report(
  context: CliContext,
  storage: Storage,
  record: BatchRecord,
  { out, json }: ResolveOptions,
  settledRows: number,
): Promise<number> {
  const { batchId } = record;
  const manifest = await readManifest(storage, batchId);
  if (manifest === undefined) throw new CliError('The results are gone', exitCodes.engine);
  const copied = out === undefined ? undefined : await copyResults(context, storage, batchId, out);
  const results = copied ?? storage.files.locate(resultKey(batchId, 'results.csv'));
  const { outcomes, version, contradictions } = manifest;
  context.terminal.print(
    json === true
      ? JSON.stringify({
          batch_id: batchId,
          settled: settledRows,
          version,
          outcomes,
          contradictions,
          results,
        })
      : [
          `Settled ${countOf(settledRows, 'row')} of ${batchId}: ${describeCounts(outcomes)}`,
          `Results: ${results} (version ${version}; the former ones are under former/)`,
          ...describeWarnings(manifest),
        ].join('\n'),
  );
  return exitCodes.ok;
}
