/*
 * Plays a crash at one step: a batch of four rows, one at a time; a worker that dies or stops at
 * the step; then another worker that continues. One Temporal server and one simulator serve many
 * plays.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createActivityDeps } from '../../src/app/activity-deps.ts';
import type { AppContext } from '../../src/app/app-context.ts';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { createLogger } from '../../src/logger.ts';
import type { FaultName } from '../../src/simulator/faults.ts';
import type { BatchRecord } from '../../src/storage/batch-record.ts';
import { batchFolder } from '../../src/storage/layout.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { startWorker } from '../../src/temporal/worker-assembly.ts';
import type { RunningWorker } from '../../src/temporal/worker-supervision.ts';
import { bundleWorkflows } from '../../src/temporal/workflow-bundle.ts';
import { createTestContext } from '../../test/support/app-context.ts';
import { eventually } from '../../test/support/condition.ts';
import { launchFile } from '../../test/support/launched-batch.ts';
import { type SampleFile, writeSampleFile } from '../../test/support/sample-file.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { startTemporalServer, type TemporalServer } from '../../test/support/temporal-server.ts';
import { type BatchFindings, checkBatch } from '../checker.ts';
import { type StepWorker, startStepWorker } from './step-worker.ts';
import type { Place, Step } from './steps.ts';

export interface Play {
  /** `unharmed`: no fault. */
  readonly at: Step['at'] | 'unharmed';
  /** The first worker's signal. If stopped, it continues when the batch has ended. */
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** The folder whose sources the workers run; otherwise this project. */
  readonly project?: string;
  /** The other worker is stopped here while the first continues. */
  readonly overtakenAt?: Place;
  /** The simulator's fault for the card of that row. */
  readonly fault?: FaultName;
}

export interface PlayEnd {
  readonly findings: BatchFindings;
  /** The outcome of the row at the step. */
  readonly outcome: string;
  readonly requests: number;
}

export interface StepStage {
  readonly temporal: TemporalServer;
  readonly simulator: SimulatorProcess;
  play(play: Play): Promise<PlayEnd>;
  close(): Promise<void>;
}

const rows = 4;
/** The row at the step, with one row before it and two after it. */
const rowAtStep = 2;
/** Long enough to stop a worker while its request is in flight. */
const latencyMs = 400;
/** Nearly two heartbeats, so that a dead worker is noticed soon. */
const heartbeatTimeoutMs = 4_500;
const ownProject = fileURLToPath(new URL('../..', import.meta.url));

/** Opens a stage. */
export async function openStepStage(): Promise<StepStage> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-steps-'));
  const bundle = join(folder, 'workflows.js');
  await writeFile(bundle, (await bundleWorkflows(createLogger('silent'))).code);
  const temporal = await startTemporalServer();
  const simulator = await startSimulatorProcess({ settings: { latencyMs } });
  let plays = 0;
  return {
    temporal,
    simulator,
    async play(play) {
      plays += 1;
      const own = join(folder, String(plays));
      return await playStep({ temporal, simulator, bundle, folder: own, merchantId: `m${plays}` }, play);
    },
    async close() {
      await simulator.stop();
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Scene {
  readonly temporal: TemporalServer;
  readonly simulator: SimulatorProcess;
  readonly bundle: string;
  readonly folder: string;
  readonly merchantId: string;
}

/** Several times the duration of a play on a busy machine. */
const longestWaitMs = 120_000;

/** Rejects if a play takes far too long, so that the report names the play that hangs. */
async function giveUp(): Promise<never> {
  await delay(longestWaitMs, undefined, { ref: false });
  throw new Error('The play did not go on');
}

/** A place that no worker reaches. */
const nowhere: Place = { on: 'file', key: 'never', when: 'before' };

async function playStep(scene: Scene, play: Play): Promise<PlayEnd> {
  const { temporal, simulator, bundle, folder, merchantId } = scene;
  const { at, signal, project, overtakenAt, fault } = play;
  const place = createTestContext(folder, simulator.baseUrl);
  await place.storage();
  // After its report the next row would be in flight, so this row is the last one.
  const row = at === 'reported' ? rows : rowAtStep;
  const file = await writeSampleFile(folder, rows, (each) => (each === row ? fault : undefined));
  const options = { merchantId, batchName: 'steps', concurrency: 1 };
  const { record } = await launchFile(place, file.path, options);
  const { batchId } = record;
  const start = (where: Place, how: Play['signal']): Promise<StepWorker> =>
    startStepWorker(
      { folder, baseUrl: simulator.baseUrl, project: project ?? ownProject },
      { at: where, row, signal: how, address: temporal.address, bundle },
    );
  const first = await start(typeof at === 'string' ? nowhere : at, signal);
  const others: StepWorker[] = [];
  let survivor: RunningWorker | undefined;
  try {
    await startBatch({ client: temporal.client, namespace: 'default' }, record, { heartbeatTimeoutMs });
    const finished = temporal.client.workflow.getHandle(batchId).result();
    finished.catch(() => undefined);
    const reach = async (isHit: Promise<void>): Promise<void> => {
      const isMissed = await Promise.race([isHit.then(() => false), finished.then(() => true), giveUp()]);
      if (isMissed) throw new Error('The batch ended without the step');
    };
    if (at === 'reported') {
      await untilReturned(temporal, shardWorkflowIdOf(batchId, 1, 1), row);
      first.child.kill(signal);
    } else if (at !== 'unharmed') {
      await reach(first.isHit);
    }
    const goOn = async (): Promise<void> => {
      first.child.kill('SIGCONT');
      // It is late, and must notice by itself that it has nothing left to do.
      first.child.kill('SIGTERM');
      await first.exited;
    };

    if (overtakenAt !== undefined) {
      const other = await start(overtakenAt, 'SIGSTOP');
      others.push(other);
      await reach(other.isHit);
      await goOn();
      other.child.kill('SIGCONT');
    } else if (at !== 'unharmed') {
      if (project === undefined) survivor = await startSurvivor(scene, place);
      else others.push(await start(nowhere, 'SIGKILL'));
    }
    await Promise.race([finished, refuseChargedTwice(simulator, record.tag, finished), giveUp()]);
    if (overtakenAt === undefined) await goOn();
    return await examine(scene, file, record, row);
  } finally {
    await survivor?.stop();
    for (const worker of [first, ...others]) worker.child.kill('SIGKILL');
    // Otherwise a batch that has not ended keeps its result pending after the connection closes.
    const handle = temporal.client.workflow.getHandle(batchId);
    await handle.terminate('the play is over').catch(() => undefined);
    await handle.result().catch(() => undefined);
  }
}

/** The worker that continues, in this process: cheaper, if the sources are this project's own. */
async function startSurvivor({ temporal, bundle }: Scene, place: AppContext): Promise<RunningWorker> {
  return await startWorker({
    connectionOptions: { address: temporal.address },
    namespace: 'default',
    deps: await createActivityDeps(place, false),
    logger: place.logger,
    shutdownGraceMs: 5_000,
    workflowBundle: { codePath: bundle },
  });
}

async function examine(
  { simulator, folder }: Scene,
  file: SampleFile,
  record: BatchRecord,
  row: number,
): Promise<PlayEnd> {
  const findings = await checkBatch({
    folder: join(folder, 'storage', batchFolder(record.batchId)),
    merchantRefs: file.rows.map(({ merchantRef }) => merchantRef),
    tag: record.tag,
    ledger: (await simulator.ledger()).charges,
  });
  const line = findings.results[row - 1];
  return {
    findings,
    outcome: line?.outcome ?? 'absent',
    requests: findings.chargesOfRow(row).length,
  };
}

/**
 * Rejects if a row is charged twice: a row that is sent again and again would keep the batch from
 * ending.
 */
async function refuseChargedTwice(
  simulator: SimulatorProcess,
  tag: string,
  finished: Promise<unknown>,
): Promise<void> {
  const isOver = finished.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([isOver, delay(1_000, false)]))) {
    const { charges } = await simulator.ledger();
    const rows = charges.flatMap(({ merchantTxnRef }) =>
      merchantTxnRef?.startsWith(`${tag}-`) === true ? [merchantTxnRef.replace(/-n\d+$/, '')] : [],
    );
    if (new Set(rows).size < rows.length) throw new Error('A row was charged twice');
  }
}

/** Resolves when Temporal has the row's result. */
async function untilReturned(temporal: TemporalServer, workflowId: string, row: number): Promise<void> {
  await eventually('the row of the step in the history', async () => {
    const history = await temporal.client.workflow
      .getHandle(workflowId)
      .fetchHistory()
      .catch(() => undefined);
    const ended = history?.events?.filter((event) => event.activityTaskCompletedEventAttributes != null);
    // The first is openShard's; then one per row.
    return ended !== undefined && ended.length >= row + 1 ? true : undefined;
  });
}
