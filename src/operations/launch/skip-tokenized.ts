/* Rows whose reference has a token in an earlier result are not sent and not charged. */
import { applySkip, decideSkip, type SkipDecision } from '../../domain/skip-decision.ts';
import type { CheckedRow, StagedRow } from '../../domain/staged-row.ts';
import { type EarlierFile, type EarlierResults, readEarlierResults } from '../../results/earlier-results.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { writeSkipDecisions } from '../../storage/skip-decisions.ts';
import type { Storage } from '../../storage/storage.ts';
import { OperationRefused } from '../errors.ts';

export type UsedResults = NonNullable<BatchRecord['earlierResults']>;

/** What earlier results mean for a file's rows. */
export interface SkipPlan {
  readonly files: readonly EarlierFile[];
  /** The row as it is staged. Called once for each row of the file, in order. */
  apply(row: CheckedRow): StagedRow;
  /**
   * Throws OperationRefused if the earlier results have an unresolved row that may have been
   * charged.
   */
  refuseUnresolved(): void;
  /** Stores the decisions in the batch's folder and returns what its record says about them. */
  keep(storage: Storage, batchId: string): Promise<UsedResults>;
}

/**
 * Reads the given results. Undefined if there are none. Throws EarlierResultsError and
 * OperationRefused.
 */
export async function openSkipPlan(
  paths: readonly string[] | undefined,
  batch: { readonly merchantId: string; readonly isLive: boolean },
): Promise<SkipPlan | undefined> {
  if (paths === undefined) return undefined;
  const earlier = await readEarlierResults(paths);
  for (const file of earlier.files) refuseForeign(file, batch);
  return createSkipPlan(earlier);
}

function refuseForeign(
  { name, manifest }: EarlierFile,
  { merchantId, isLive }: { readonly merchantId: string; readonly isLive: boolean },
): void {
  if (manifest === undefined) return;
  const cannot = `Cannot use ${name} to skip rows: its manifest.json names the batch ${manifest.batchId}`;
  if (manifest.merchantId !== merchantId) {
    throw new OperationRefused(
      'invalid',
      `${cannot} of another merchant. A token works only for its own merchant`,
    );
  }
  if (manifest.isLive !== isLive) {
    const word = (live: boolean): string => (live ? 'live' : 'sandbox');
    throw new OperationRefused(
      'invalid',
      `${cannot}. That is a ${word(manifest.isLive)} batch and this one is ${word(isLive)}, where its tokens do not work`,
    );
  }
}

function createSkipPlan({ files, references }: EarlierResults): SkipPlan {
  const decisions: SkipDecision[] = [];
  const unresolved = { count: 0, firstLines: [] as number[] };
  return {
    files,
    apply(row) {
      const decision = decideSkip(row, references.get(row.merchantRef));
      if (decision === undefined) return row;
      if (decision === 'unresolved') {
        unresolved.count += 1;
        if (unresolved.firstLines.length < 5) unresolved.firstLines.push(row.line);
        return row;
      }
      decisions.push(decision);
      return applySkip(row, decision);
    },
    refuseUnresolved() {
      const { count, firstLines } = unresolved;
      if (count === 0) return;
      const more = count > firstLines.length ? ', …' : '';
      throw new OperationRefused(
        'invalid',
        [
          `Not started: ${count} ${count === 1 ? 'row is' : 'rows are'} unknown or charged_without_token in the given results and might be charged again (line ${firstLines.join(', ')}${more}).`,
          'Resolve them first (`cardlift resolve BATCH unresolved.csv`) and give the new results.csv, or remove these lines from the file.',
        ].join('\n'),
      );
    },
    async keep(storage, batchId) {
      const skippedRows = decisions.filter(({ kind }) => kind === 'skipped').length;
      return {
        sha256: await writeSkipDecisions(storage, batchId, decisions),
        skippedRows,
        changedCards: decisions.length - skippedRows,
        files: files.map(({ name, sha256, manifest }) => ({
          name,
          sha256,
          ...(manifest === undefined ? {} : { batchId: manifest.batchId }),
        })),
      };
    },
  };
}

/**
 * An open batch keeps the earlier results it was started with. Others would be ignored silently.
 * Throws OperationRefused.
 */
export function refuseOtherSkips({ batchId, earlierResults }: BatchRecord, plan: SkipPlan | undefined): void {
  if (plan === undefined) return;
  const digests = (files: readonly { readonly sha256: string }[]): string =>
    [...new Set(files.map(({ sha256 }) => sha256))].sort().join();
  if (digests(plan.files) === digests(earlierResults?.files ?? [])) return;
  throw new OperationRefused(
    'conflict',
    earlierResults === undefined
      ? `The open batch of this file skips nothing: ${batchId}. Leave out --skip-tokenized-in to continue it, or cancel it`
      : `The open batch of this file was started with other results to skip: ${batchId}. Leave out --skip-tokenized-in to continue it, or cancel it`,
  );
}
