/* status and list: where batches stand, from Temporal where it runs, else from the storage alone. */
import type { Command } from 'commander';
import type { OutcomeCounts } from '../contract/outcome.ts';
import type { BatchProgress } from '../contract/workflows.ts';
import { listBatches } from '../storage/batch-index.ts';
import { type BatchRecord, readBatchRecord } from '../storage/batch-record.ts';
import type { Storage } from '../storage/storage.ts';
import { type BatchStatus, NoWorkerError, readBatchStatus, readProgress } from '../temporal/batch-client.ts';
import { findTemporal, type TemporalAccess } from '../temporal/temporal-access.ts';
import { findBatch } from './batch-argument.ts';
import { readManifest } from './manifest.ts';
import { describeCounts, describeProgress } from './progress-text.ts';
import { describePage } from './run.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

interface StatusOptions {
  readonly json?: true;
}

interface BatchState {
  readonly batch_id: string;
  /** `finished` and `cancelled` from the results; `running` from Temporal; `open` where nobody can be asked. */
  readonly status: 'finished' | 'cancelled' | 'running' | 'open';
  readonly rows: number;
  readonly outcomes: OutcomeCounts;
  readonly started_at: string;
  readonly progress?: BatchProgress;
  readonly note?: string;
}

/** Adds `cardlift status` and `cardlift list`. */
export function addStatusCommands(program: Command): void {
  program
    .command('status')
    .argument('<batch>', 'its id, or a beginning of its name')
    .summary('where one batch stands')
    .option('--json', 'the state as JSON')
    .action((batch: string, options: StatusOptions) => showStatus(openWorkplace(), batch, options));
  program
    .command('list')
    .summary('every batch of the storage')
    .option('--json', 'the batches as JSON')
    .action((options: StatusOptions) => showList(openWorkplace(), options));
}

async function showStatus(place: Workplace, text: string, { json }: StatusOptions): Promise<void> {
  const storage = await place.storage();
  const record = await findBatch(storage, text);
  await withTemporalIfAny(place, async (access) => {
    const state = await readState(storage, record, access);
    if (json === true) {
      place.terminal.print(JSON.stringify(state));
      return;
    }
    const { progress } = state;
    place.terminal.print(
      [
        `${record.batchId}: ${state.status}${state.note === undefined ? '' : ` (${state.note})`}`,
        `  ${record.isLive ? 'LIVE' : 'sandbox'}, ${record.baseUrl}, started ${record.createdAt} by ${record.createdBy}`,
        progress === undefined
          ? `  ${state.rows} rows${totalText(state.outcomes)}`
          : `  ${describeProgress(progress, undefined)}`,
        ...(progress?.hold === undefined
          ? []
          : [
              `  on hold: ${progress.hold.text} (${progress.hold.code})`,
              `  go on with: cardlift resume ${record.batchId}`,
            ]),
        ...(access === undefined ? [] : [`  ${describePage(access, record.batchId)}`]),
      ].join('\n'),
    );
  });
}

async function showList(place: Workplace, { json }: StatusOptions): Promise<void> {
  const storage = await place.storage();
  await withTemporalIfAny(place, async (access) => {
    const states: BatchState[] = [];
    for (const batchId of await listBatches(storage)) {
      const record = await readBatchRecord(storage, batchId);
      if (record !== undefined) states.push(await readState(storage, record, access));
    }
    if (json === true) {
      place.terminal.print(JSON.stringify(states));
    } else if (states.length === 0) {
      place.terminal.print('No batches yet');
    } else {
      for (const state of states) {
        place.terminal.print(
          `${state.started_at.slice(0, 16)}  ${state.status.padEnd(9)}  ${state.batch_id}  ${state.rows} rows${totalText(state.outcomes)}`,
        );
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
  if (manifest !== undefined) return { ...base, status: manifest.status, outcomes: manifest.outcomes };
  if (access === undefined) {
    return { ...base, status: 'open', outcomes: {}, note: 'Temporal is not running' };
  }
  const status = await readBatchStatus(access.client, record.batchId);
  if (status !== 'running') return { ...base, status: 'open', outcomes: {}, note: noteOf(status) };
  try {
    const progress = await readProgress(access.client, record.batchId);
    return { ...base, status, outcomes: progress.counts, progress };
  } catch (error) {
    if (!(error instanceof NoWorkerError)) throw error;
    return { ...base, status, outcomes: {}, note: 'no worker is running for it' };
  }
}

function noteOf(status: Exclude<BatchStatus, 'running'>): string {
  return status === 'absent'
    ? 'not known to this Temporal; the same `run` or `start` goes on'
    : `its workflow is ${status}, without results; the same \`run\` or \`start\` goes on`;
}

async function withTemporalIfAny(
  place: Workplace,
  act: (access: TemporalAccess | undefined) => Promise<void>,
): Promise<void> {
  const access = await findTemporal(place.config.home).catch((error) => {
    place.terminal.tell(error instanceof Error ? error.message : 'Temporal cannot be reached');
    return undefined;
  });
  try {
    await act(access);
  } finally {
    await access?.release();
  }
}
