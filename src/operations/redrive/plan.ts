/* The plan of a redrive: which rows a new pass sends, shown to the operator, and kept once somebody has said yes. */

import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { CliError } from '../../cli/cli-error.ts';
import { describeLines, describeRedrive } from '../../cli/output/redrive-text.ts';
import { countOf } from '../../domain/counted-text.ts';
import { definedOf } from '../../domain/defined.ts';
import type { ResendChoice } from '../../domain/resend.ts';
import { runsOf } from '../../domain/shard-plan.ts';
import { digestFile } from '../../input/file-bytes.ts';
import type { PublicationState } from '../../results/batch-past.ts';
import { appendAudit } from '../../storage/audit-log.ts';
import { type BatchRecord, unwrapDataKey, wrapNewDataKey } from '../../storage/batch-record.ts';
import { deriveKey } from '../../storage/encryption.ts';
import { passFolder, passStagingFolder } from '../../storage/layout.ts';
import { createPassPlan, type PassPlan, readPassPlan } from '../../storage/pass-plan.ts';
import { openPassRows, writePassShard } from '../../storage/pass-staging.ts';
import { readPurgeMark } from '../../storage/staged-data.ts';
import type { Storage } from '../../storage/storage.ts';
import { auditNewsOf, operatorName } from '../audit-news.ts';
import { byShard, chooseStagedRows } from './choose.ts';
import { type FixedFile, matchFixedFile } from './match-file.ts';

/** What the operator chose of the rows, and whether they said yes beforehand. */
export interface RedriveChoice {
  readonly only?: readonly string[];
  readonly include?: 'soft-declines';
  readonly yes?: true;
  readonly reason?: string;
  readonly json?: true;
}

/** A new pass after the operator's word; undefined where there is no row to send. Throws CliError. */
export async function planPass(
  context: AppContext,
  storage: Storage,
  record: BatchRecord,
  { pass: lastPass, past }: Extract<PublicationState, { kind: 'published' }>,
  file: string | undefined,
  options: RedriveChoice,
): Promise<PassPlan | undefined> {
  const { terminal } = context;
  const operatorKey = await context.operatorKey();
  const choice: ResendChoice = {
    includesSoftDeclines: options.include === 'soft-declines',
    hasFile: file !== undefined,
    ...definedOf({ only: options.only }),
  };
  if (file === undefined && (await readPurgeMark(storage, record.batchId))?.state === 'begun') {
    throw new CliError(
      `A purge of the batch was cut off, so its card data can no longer be read as a whole: give it again, \`cardlift purge ${record.batchId}\`, and then the merchant's file, \`cardlift redrive ${record.batchId} FILE\``,
    );
  }
  const fixed = file === undefined ? undefined : await readFixed(context, record, file, past, choice);
  const chosen =
    fixed?.chosen ??
    (await chooseStagedRows(past, openPassRows(storage, operatorKey, record, past.plans), choice));
  if (chosen.unstagedRows > 0) {
    throw new CliError(
      `${countOf(chosen.unstagedRows, 'row')} may be sent again, and their staging is gone: give the merchant's file, \`cardlift redrive ${record.batchId} FILE\``,
    );
  }
  const pass = lastPass + 1;
  terminal.report(describeRedrive(record, pass, chosen, fixed));
  if (chosen.rows.length === 0) {
    if (options.json === true) terminal.print(JSON.stringify({ batch_id: record.batchId, rows: 0 }));
    terminal.report('There is no row to send again; nothing was started.');
    return undefined;
  }
  if (
    options.yes !== true &&
    !(await terminal.confirm(`Send ${countOf(chosen.rows.length, 'row')} again?`))
  ) {
    throw new CliError('Not started: nobody confirmed. Give --yes to send without being asked');
  }
  const staging = fixed === undefined ? undefined : await stageFixed(context, storage, record, pass, fixed);
  const plan: PassPlan = {
    version: 1,
    pass,
    createdAt: new Date().toISOString(),
    createdBy: operatorName(),
    includesSoftDeclines: choice.includesSoftDeclines,
    ...(choice.only === undefined ? {} : { only: [...choice.only] }),
    ...(file === undefined || fixed === undefined
      ? {}
      : { file: { name: basename(file), sha256: fixed.sha256 } }),
    ...definedOf({ staging }),
    rows: chosen.rows.length,
    amounts: { ...chosen.amounts },
    runs: runsOf(chosen.rows),
  };
  if (!(await createPassPlan(storage, record.batchId, plan))) {
    if (staging !== undefined) {
      await storage.files.remove(passStagingFolder(record.batchId, pass, staging.folder));
    }
    const theirs = await readPassPlan(storage, record.batchId, pass);
    throw new CliError(
      `Somebody else (${theirs?.createdBy}) began pass ${pass} meanwhile, with ${countOf(theirs?.rows ?? 0, 'row')}: go on with it with\n  cardlift redrive ${record.batchId}`,
    );
  }
  await settlePlan(storage, record.batchId, plan, options);
  return plan;
}

/** What follows from a plan that is there, whoever made it; does nothing where it was done. */
export async function settlePlan(
  storage: Storage,
  batchId: string,
  plan: PassPlan,
  { reason }: Pick<RedriveChoice, 'reason'> = {},
): Promise<void> {
  const { pass, rows, createdAt: at, createdBy: who } = plan;
  await appendAudit(storage, batchId, {
    ...auditNewsOf('redrive', reason === undefined ? {} : { reason }, { pass, rows }),
    at,
    who,
    id: `redrive ${pass}`,
  });
  await removeOtherStaging(storage, batchId, plan);
}

/** True where the operator asks for nothing else than the plan: for nothing in particular, or for the same again. */
export async function asksForPlan(
  { config }: AppContext,
  plan: PassPlan,
  file: string | undefined,
  { only, include }: RedriveChoice,
): Promise<boolean> {
  if (file === undefined && only === undefined && include === undefined) return true;
  const sha256 = file === undefined ? undefined : await digestFile(resolve(config.workingFolder, file));
  const codes = (some: readonly string[] | undefined): string => [...new Set(some)].sort().join();
  return (
    sha256 === plan.file?.sha256 &&
    codes(only) === codes(plan.only) &&
    (include === 'soft-declines') === plan.includesSoftDeclines
  );
}

async function readFixed(
  context: AppContext,
  record: BatchRecord,
  file: string,
  past: Parameters<typeof matchFixedFile>[2],
  choice: ResendChoice,
): Promise<FixedFile> {
  const operatorKey = await context.operatorKey();
  const fixed = await matchFixedFile(
    resolve(context.config.workingFolder, file),
    {
      today: new Date().toISOString().slice(0, 10),
      isLive: record.isLive,
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
    throw new CliError(
      `The file has ${countOf(fixed.unknownRefs.count, 'reference')} that the batch does not have (${describeLines(fixed.unknownRefs)}): take them out, or run them as a batch of their own`,
    );
  }
  return fixed;
}

/** Stages the fixed rows under a key of their own; nobody reads them before a plan names them. */
async function stageFixed(
  context: AppContext,
  storage: Storage,
  record: BatchRecord,
  pass: number,
  { rows }: FixedFile,
): Promise<NonNullable<PassPlan['staging']>> {
  const { batchId } = record;
  const operatorKey = await context.operatorKey();
  const folder = `staging-${randomUUID().slice(0, 8)}`;
  const dataKey = wrapNewDataKey(operatorKey, batchId);
  const staging = { batchId, pass, folder, dataKey: unwrapDataKey(operatorKey, { batchId, dataKey }) };
  for (const [shard, some] of byShard(rows)) await writePassShard(storage, staging, shard, some);
  return { folder, dataKey };
}

/** What redrives that came to nothing have staged; its keys are gone already. */
async function removeOtherStaging(storage: Storage, batchId: string, plan: PassPlan): Promise<void> {
  for (const name of await storage.files.list(passFolder(batchId, plan.pass))) {
    if (name.startsWith('staging-') && name !== plan.staging?.folder) {
      await storage.files.remove(passStagingFolder(batchId, plan.pass, name));
    }
  }
}
