/* status and list: where batches stand, from Temporal where it runs, else from the storage alone. */

import type { Command } from 'commander';
import type { OutcomeCounts } from '../../contract/outcome.ts';
import type { BatchProgress } from '../../contract/workflows.ts';
import { countOf } from '../../domain/counted-text.ts';
import { adviceOf } from '../../domain/hold-advice.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { lastHoldOf } from '../../operations/lookups/last-hold.ts';
import { describeRetention, type Retention, readRetention } from '../../operations/retention.ts';
import { describeRunAgain } from '../../operations/run-again.ts';
import { readAccountLimits } from '../../rate-limit/account-limits.ts';
import { readManifest } from '../../results/manifest.ts';
import { readAudit } from '../../storage/audit-log.ts';
import { listBatches } from '../../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord } from '../../storage/batch-record.ts';
import { findLatestPass } from '../../storage/pass-plan.ts';
import { isCancelledUnsent, mayHaveSent } from '../../storage/send-decision.ts';
import type { Storage } from '../../storage/storage.ts';
import {
  type BatchStatus,
  NoWorkerError,
  readBatchStatus,
  readProgress,
} from '../../temporal/batch-client.ts';
import { findTemporal, type TemporalAccess } from '../../temporal/temporal-access.ts';
import { findSilentWorker, type WorkerPresence } from '../../temporal/worker-presence.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { describeAudit } from '../output/audit-text.ts';
import { accountJson, describeLimits } from '../output/limits-text.ts';
import { describeCounts, describeProgress } from '../output/progress-text.ts';
import { describePage } from '../output/temporal-page.ts';

interface ListOptions {
  readonly json?: true;
}

interface StatusOptions extends ListOptions {
  readonly audit?: true;
}

/** Lines of the audit log that `status` shows unless all are asked for. */
const lastAuditLines = 5;

interface BatchState {
  readonly batch_id: string;
  /** `finished` and `cancelled` from the results; `running` from Temporal; `open` where nobody can be asked. */
  readonly status: 'finished' | 'cancelled' | 'running' | 'open';
  readonly rows: number;
  readonly outcomes: OutcomeCounts;
  readonly started_at: string;
  readonly progress?: BatchProgress;
  /** Of the gateway account that the batch belongs to; while it runs. */
  readonly account?: ReturnType<typeof accountJson>;
  readonly intent?: string;
}

/** Adds `cardlift status` and `cardlift list`. */
export function addStatusCommands(program: Command): void {
  program
    .command('status')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('where one batch stands, and what was done to it')
    .option('--audit', 'every line of its audit log')
    .option('--json', 'the state as JSON')
    .action((batch: string, options: StatusOptions) => showStatus(openContext(), batch, options));
  program
    .command('list')
    .summary('every batch of the storage')
    .option('--json', 'the batches as JSON')
    .action((options: ListOptions) => showList(openContext(), options));
}

async function showStatus(context: CliContext, text: string, { json, audit }: StatusOptions): Promise<void> {
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  await withTemporalIfAny(context, async (access) => {
    const state = await readState(storage, record, access);
    const retention = await readRetention(context, record);
    const log = await readAudit(storage, record.batchId);
    const isAnswered =
      state.progress !== undefined || state.status === 'finished' || state.status === 'cancelled';
    const lastHold = isAnswered ? undefined : lastHoldOf(log);
    if (json === true) {
      const lines = audit === true ? log.lines : log.lines.slice(-lastAuditLines);
      context.terminal.print(
        JSON.stringify({
          ...state,
          ...(lastHold === undefined
            ? {}
            : { last_hold: { at: lastHold.at, code: lastHold.code, text: lastHold.reason } }),
          staged_data: retention,
          audit: lines,
          audit_damaged: log.damagedLines,
        }),
      );
      return;
    }
    const { progress } = state;
    const nowMs = Date.now();
    const account =
      progress === undefined ? undefined : await readAccountLimits(storage, record.targetFingerprint, nowMs);
    context.terminal.print(
      [
        `${record.batchId}: ${state.status}${state.intent === undefined ? '' : ` (${state.intent})`}`,
        `  ${record.isLive ? 'LIVE' : 'sandbox'}, ${record.baseUrl}, started ${record.createdAt} by ${record.createdBy}`,
        progress === undefined
          ? `  ${countOf(state.rows, 'row')}${totalText(state.outcomes)}`
          : `  ${describeProgress(progress, undefined)}`,
        ...(progress === undefined || account === undefined
          ? []
          : describeLimits(progress, account, nowMs).map((line) => `  ${line}`)),
        ...(await describeNext(storage, record, state, lastHold)).map((line) => `  ${line}`),
        ...[describeRetention(record.batchId, retention)].flatMap((text) =>
          text === undefined ? [] : [`  ${text}`],
        ),
        ...(access === undefined ? [] : [`  ${describePage(access, record.batchId)}`]),
        ...describeAudit(log, audit === true ? undefined : lastAuditLines).map((line) => `  ${line}`),
      ].join('\n'),
    );
  });
}

/** Why the batch waits, if it does, and the commands that go on with it or end it where nothing else is running. */
async function describeNext(
  storage: Storage,
  record: BatchRecord,
  { status, progress }: BatchState,
  lastHold: ReturnType<typeof lastHoldOf>,
): Promise<string[]> {
  const { batchId } = record;
  if (status === 'finished' || status === 'cancelled') return [];
  const isStaged = await mayHaveSent(storage, batchId);
  const runAgain = describeRunAgain(record, await findLatestPass(storage, batchId));
  if (progress !== undefined) {
    if (progress.phase === 'paused') return [`go on with: cardlift resume ${batchId}`];
    if (progress.hold === undefined) return [];
    const { code, text } = progress.hold;
    const { goOn, first } = adviceOf(code);
    return [
      `on hold: ${text} (${code})`,
      `${first}.`,
      ...(goOn === 'never' ? [] : [`go on with: cardlift ${goOn} ${batchId}`]),
      `end it with: cardlift cancel ${batchId}`,
    ];
  }
  const { goOn, first } = lastHold === undefined ? { goOn: undefined } : adviceOf(lastHold.code);
  return [
    ...(lastHold === undefined
      ? []
      : [`on hold when it was last worked on: ${lastHold.reason} (${lastHold.code})`, `${first}.`]),
    ...(goOn === 'never' ? [] : [`go on with: ${runAgain}${goOn === undefined ? '' : ` --${goOn}`}`]),
    `end it with: ${isStaged ? `${runAgain} --cancel` : `cardlift cancel ${batchId}`}`,
  ];
}

async function showList(context: CliContext, { json }: ListOptions): Promise<void> {
  const storage = await context.storage();
  await withTemporalIfAny(context, async (access) => {
    const states: (BatchState & { readonly staged_data: Retention })[] = [];
    for (const batchId of await listBatches(storage)) {
      const record = await readBatchRecord(storage, batchId);
      if (record === undefined) continue;
      const state = await readState(storage, record, access);
      states.push({ ...state, staged_data: await readRetention(context, record) });
    }
    if (json === true) {
      context.terminal.print(JSON.stringify(states));
    } else if (states.length === 0) {
      context.terminal.print('No batches yet');
    } else {
      for (const state of states) {
        context.terminal.print(
          `${state.started_at.slice(0, 16)}  ${state.status.padEnd(9)}  ${state.batch_id}  ${countOf(state.rows, 'row')}${totalText(state.outcomes)}`,
        );
        const due = describeRetention(state.batch_id, state.staged_data);
        if (due !== undefined) context.terminal.print(`    ${due}`);
      }
    }
  });
}

function totalText(outcomes: OutcomeCounts): string {
  const counts = describeCounts(outcomes);
  return counts === '' ? '' : `: ${counts}`;
}

async function readState(
  storage: Storage,
  record: BatchRecord,
  access: TemporalAccess | undefined,
): Promise<BatchState> {
  const base = { batch_id: record.batchId, rows: record.file.rows, started_at: record.createdAt };
  const manifest = await readManifest(storage, record.batchId);
  const pass = await findLatestPass(storage, record.batchId);
  if (manifest !== undefined && manifest.pass === pass)
    return { ...base, status: manifest.status, outcomes: manifest.outcomes };
  if (await isCancelledUnsent(storage, record.batchId)) {
    return { ...base, status: 'cancelled', outcomes: {}, intent: 'before anything of it was sent' };
  }
  if (access === undefined) {
    return { ...base, status: 'open', outcomes: {}, intent: 'Temporal is not running' };
  }
  const status = await readBatchStatus(access.client, record.batchId);
  if (status !== 'running') return { ...base, status: 'open', outcomes: {}, intent: intentOf(status, pass) };
  try {
    const progress = await readProgress(access.client, record.batchId);
    const nowMs = Date.now();
    const account = accountJson(await readAccountLimits(storage, record.targetFingerprint, nowMs), nowMs);
    return { ...base, status, outcomes: progress.counts, progress, account };
  } catch (error) {
    if (!(error instanceof NoWorkerError)) throw error;
    const presence = await findSilentWorker(access, record.targetFingerprint, Date.now());
    return { ...base, status, outcomes: {}, intent: describeSilence(presence) };
  }
}

function describeSilence(presence: WorkerPresence): string {
  return presence.kind === 'none'
    ? 'no worker is running for it'
    : `no worker answered; one asked for work ${Math.round(presence.askedMsAgo / 1_000)} s ago, and is busy or has stopped since`;
}

function intentOf(status: Exclude<BatchStatus, 'running'>, pass: number): string {
  const goOn = pass === 1 ? 'the same `run` or `start` goes on' : `pass ${pass} is open, \`redrive\` goes on`;
  return status === 'absent' || pass > 1
    ? `not running on this Temporal; ${goOn}`
    : `its workflow is ${status}, without results; ${goOn}`;
}

async function withTemporalIfAny(
  context: CliContext,
  act: (access: TemporalAccess | undefined) => Promise<void>,
): Promise<void> {
  const access = await findTemporal(context.config.home).catch((error) => {
    context.terminal.report(error instanceof Error ? error.message : 'Temporal cannot be reached');
    return undefined;
  });
  try {
    await act(access);
  } finally {
    await access?.release();
  }
}
