/*
 * The first half of a resolve: reads a resolution file and checks it as a whole against the batch.
 * Changes nothing.
 */

import { basename } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { countOf } from '../../domain/counted-text.ts';
import { readResolutionFile } from '../../input/resolution-file.ts';
import { type PublicationState, readPublicationState } from '../../results/publication-state.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import type { Storage } from '../../storage/storage.ts';
import { OperationRefused } from '../errors.ts';
import { describeNoResults } from '../lookups/no-results.ts';
import { type CheckedLines, checkLines } from './check-lines.ts';

export { resolutionKinds } from '../../storage/resolutions.ts';

/** The most errors that the message lists. The others are counted. */
const shownErrors = 50;

/** A resolution without errors, checked against the current batch. */
export interface CheckedResolution extends Omit<CheckedLines, 'errors'> {
  readonly record: BatchRecord;
  readonly path: string;
  readonly file: { readonly name: string; readonly sha256: string };
  /** The number of the last decision that the check includes. */
  readonly basedOn: number;
}

/**
 * Checks the file at the path. Throws OperationRefused, with every error and its line, and
 * FileRefusedError.
 */
export async function checkResolution(
  context: AppContext,
  record: BatchRecord,
  path: string,
): Promise<CheckedResolution> {
  const { sha256, lines } = await readResolutionFile(path);
  const { passes, basedOn } = await requirePublished(await context.storage(), record);
  const { errors, ...checked } = await checkLines(lines, passes);
  refuseErrors(errors);
  return { record, path, file: { name: basename(path), sha256 }, ...checked, basedOn };
}

/** Refuses to settle rows while a pass is open. Throws OperationRefused. */
async function requirePublished(
  storage: Storage,
  record: BatchRecord,
): Promise<Extract<PublicationState, { kind: 'published' }>> {
  const publication = await readPublicationState(storage, record);
  switch (publication.kind) {
    case 'first_pass_open':
      throw new OperationRefused(
        'conflict',
        `Nothing can be resolved. ${await describeNoResults(storage, record)}`,
      );
    case 'pass_open':
      throw new OperationRefused(
        'conflict',
        `Pass ${publication.pass} of the batch is open. Rows can be resolved only after it has ended. To continue it:\n  cardlift redrive ${record.batchId}\nTo end it, so that unsent rows keep their outcome:\n  cardlift redrive ${record.batchId} --cancel`,
      );
    case 'published':
      return publication;
  }
}

function refuseErrors(errors: CheckedLines['errors']): void {
  if (errors.length === 0) return;
  const more = errors.length - shownErrors;
  throw new OperationRefused(
    'invalid',
    [
      `Nothing was resolved: the file has ${countOf(errors.length, 'error')}.`,
      ...errors.slice(0, shownErrors).map(({ line, text }) => `  line ${line}: ${text}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
  );
}
