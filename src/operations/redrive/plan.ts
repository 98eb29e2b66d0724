/*
 * The first half of a redrive: finds the rows that a new pass would send, and changes nothing.
 * `commitRedrive` is the second half.
 */

import type { AppContext } from '../../app/app-context.ts';
import { countOf } from '../../domain/counted-text.ts';
import { definedOf } from '../../domain/defined.ts';
import type { ResendChoice } from '../../domain/resend.ts';
import { digestFile } from '../../input/file-bytes.ts';
import type { BatchPasses } from '../../results/merged-shard.ts';
import { type PublicationState, readPublicationState } from '../../results/publication-state.ts';
import type { BatchRecord } from '../../storage/batch-record.ts';
import { readPurgeMark } from '../../storage/card-data.ts';
import { deriveKey } from '../../storage/encryption.ts';
import type { PassPlan } from '../../storage/pass-plan.ts';
import { openPassRows } from '../../storage/pass-staging.ts';
import { OperationRefused } from '../errors.ts';
import { describeNoResults } from '../lookups/no-results.ts';
import { refuseOtherTarget } from '../other-target.ts';
import { type ChosenRows, chooseStagedRows } from './choose.ts';
import { describeLines, type FixedFile, matchFixedFile } from './match-file.ts';

/** The rows that an operator wants to send again. JSON-safe. */
export interface RedriveRequest {
  /** Only rows with these error codes. */
  readonly only?: readonly string[];
  /** Also send soft declines. */
  readonly includesSoftDeclines?: boolean;
  /** The path of a fixed file, whose rows replace those with the same merchant_ref. */
  readonly path?: string;
}

/** What a redrive would do. */
export type RedrivePlan =
  /** The pass is already planned. The commit continues it. */
  | { readonly kind: 'open_pass'; readonly record: BatchRecord; readonly plan: PassPlan }
  | NewPassPlan
  /** No row may be sent again. */
  | (PassPreview & { readonly kind: 'no_rows' });

/** What an operator sees before they agree. */
export interface PassPreview {
  readonly record: BatchRecord;
  readonly pass: number;
  readonly chosen: ChosenRows;
  /** What the fixed file would change, if one was given. */
  readonly fixed?: FixedFile;
  /** The number of the last decision that the preview includes. */
  readonly basedOn: number;
}

export interface NewPassPlan extends PassPreview {
  readonly kind: 'new_pass';
  readonly request: RedriveRequest;
}

/** Plans a redrive of the batch. Throws OperationRefused and FileRefusedError. */
export async function planRedrive(
  context: AppContext,
  record: BatchRecord,
  request: RedriveRequest,
): Promise<RedrivePlan> {
  await refuseOtherTarget(context, record);
  const storage = await context.storage();
  const publication = await readPublicationState(storage, record);
  switch (publication.kind) {
    case 'first_pass_open':
      throw new OperationRefused(
        'conflict',
        `There is nothing to send again. ${await describeNoResults(storage, record)}`,
      );
    case 'pass_open': {
      const { pass, plan } = publication;
      if (!(await asksForPlan(plan, request))) {
        throw new OperationRefused(
          'conflict',
          `Pass ${pass} of the batch is open, planned by ${plan.createdBy} on ${plan.createdAt} with ${countOf(plan.rows, 'row')}. To continue it first:\n  cardlift redrive ${record.batchId}`,
        );
      }
      return { kind: 'open_pass', record, plan };
    }
    case 'published':
      return await planNewPass(context, record, publication, request);
  }
}

/** True if the request fits the plan: it has no options, or the same ones. */
async function asksForPlan(
  plan: PassPlan,
  { path, only, includesSoftDeclines = false }: RedriveRequest,
): Promise<boolean> {
  if (path === undefined && only === undefined && !includesSoftDeclines) return true;
  const sha256 = path === undefined ? undefined : await digestFile(path);
  const codes = (some: readonly string[] | undefined): string => [...new Set(some)].sort().join();
  return (
    sha256 === plan.file?.sha256 &&
    codes(only) === codes(plan.only) &&
    includesSoftDeclines === plan.includesSoftDeclines
  );
}

async function planNewPass(
  context: AppContext,
  record: BatchRecord,
  publication: Extract<PublicationState, { kind: 'published' }>,
  request: RedriveRequest,
): Promise<RedrivePlan> {
  const { passes: past, basedOn } = publication;
  const pass = publication.pass + 1;
  const { batchId } = record;
  const { path } = request;
  const storage = await context.storage();
  const operatorKey = await context.operatorKey();
  if (path === undefined && (await readPurgeMark(storage, batchId))?.state === 'begun') {
    throw new OperationRefused(
      'conflict',
      `A purge of the batch was interrupted, so its card data is incomplete. Finish it with \`cardlift purge ${batchId}\`, then give the merchant's file: \`cardlift redrive ${batchId} FILE\``,
    );
  }
  const choice = resendChoiceOf(request);
  const fixed = path === undefined ? undefined : await readFixed(context, record, path, past, choice);
  const chosen =
    fixed?.chosen ??
    (await chooseStagedRows(past, openPassRows(storage, operatorKey, record, past.plans), choice));
  if (chosen.unstagedRows > 0) {
    throw new OperationRefused(
      'conflict',
      `${countOf(chosen.unstagedRows, 'row')} may be sent again, but their staging was purged. Give the merchant's file: \`cardlift redrive ${batchId} FILE\``,
    );
  }
  const preview: PassPreview = { record, pass, chosen, basedOn, ...definedOf({ fixed }) };
  return chosen.rows.length === 0
    ? { kind: 'no_rows', ...preview }
    : { kind: 'new_pass', ...preview, request };
}

function resendChoiceOf({ only, includesSoftDeclines = false, path }: RedriveRequest): ResendChoice {
  return { includesSoftDeclines, hasFile: path !== undefined, ...definedOf({ only }) };
}

async function readFixed(
  context: AppContext,
  record: BatchRecord,
  path: string,
  past: BatchPasses,
  choice: ResendChoice,
): Promise<FixedFile> {
  const operatorKey = await context.operatorKey();
  const fixed = await matchFixedFile(
    path,
    {
      today: new Date().toISOString().slice(0, 10),
      isLive: record.isLive,
      limits: context.config.provider.limits,
      fingerprintKey: deriveKey(operatorKey.key, 'fingerprints'),
      ...definedOf({
        defaultAmount: record.amount,
        defaultCurrency: record.currency,
        mapping: record.mapping,
        encoding: record.encoding,
      }),
    },
    past,
    choice,
  );
  if (fixed.unknownRefs.count > 0) {
    throw new OperationRefused(
      'invalid',
      `The file has ${countOf(fixed.unknownRefs.count, 'reference')} that the batch does not have (${describeLines(fixed.unknownRefs)}). Remove them, or run them as a separate batch`,
    );
  }
  return fixed;
}
