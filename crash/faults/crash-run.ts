/*
 * One crash run: a batch on a real Temporal server, against a simulator behind a load balancer,
 * each in its own process, with faults at random moments. The moments are counted in requests, not
 * in time, so that the same seed gives nearly the same run.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { resumeUpdateName } from '../../src/contract/workflows.ts';
import { type FaultName, faultNames } from '../../src/simulator/faults.ts';
import { batchFolder } from '../../src/storage/layout.ts';
import { controlBatch, readBatchStatus, readProgress } from '../../src/temporal/batch-client.ts';
import { startBatch } from '../../src/temporal/batch-start.ts';
import { createTestContext } from '../../test/support/app-context.ts';
import { createCardliftSite } from '../../test/support/cardlift-process.ts';
import { launchFile } from '../../test/support/launched-batch.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { startTemporalServer } from '../../test/support/temporal-server.ts';
import { type BatchFindings, checkBatch } from '../checker.ts';
import { createExplanations } from '../explanations.ts';
import { type CrashScene, type FaultKind, faultKinds, injectFault } from './crash-faults.ts';
import { startGatewayProxy } from './gateway-proxy.ts';
import { createRandom, type Random } from './random.ts';
import { mountFaultyStorage } from './storage-faults.ts';
import { createWorkerCrew } from './worker-crew.ts';

export interface CrashRunInput {
  readonly seed: number;
  readonly rows: number;
  readonly faults: number;
  /** Worker processes; 1 is a `cardlift run` alone, which is operator and worker in one. */
  readonly workers: number;
  readonly report?: (line: string) => void;
  /** Gives up when the batch has not ended by then. */
  readonly timeoutMs: number;
}

export interface CrashRunEnd {
  readonly findings: BatchFindings;
  readonly injected: Readonly<Partial<Record<FaultKind, number>>>;
  /** Kinds that this machine does not allow. */
  readonly leftOut: readonly FaultKind[];
  readonly cardFaults: number;
  readonly holds: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly requests: number;
}

const gatewayTimeoutMs = 2_500;
/** Heartbeats come every two seconds; after two missed ones the worker counts as dead. */
const heartbeatTimeoutMs = 4_500;
const latencyMs = 60;
const concurrency = 24;
/** Enough rows for each kind of fault, and few enough that the batch is not always on hold. */
const cardFaultShare = 0.03;

/** Runs a batch through its faults and compares it with the ledger. */
export async function runCrashes(input: CrashRunInput): Promise<CrashRunEnd> {
  const random = createRandom(input.seed);
  const startedMs = performance.now();
  const temporal = await startTemporalServer();
  const simulator = await startSimulatorProcess({
    ledgerFile: `${temporal.folder}/ledger.jsonl`,
    settings: { latencyMs, slowMs: 400 },
  });
  const proxy = await startGatewayProxy(Number(new URL(simulator.baseUrl).port));
  const site = await createCardliftSite({
    baseUrl: proxy.baseUrl,
    temporalAddress: temporal.address,
    environment: { PAYMENT_OPTIONS_TIMEOUT_MS: String(gatewayTimeoutMs), CARDLIFT_LOG_LEVEL: 'error' },
  });
  const disk = await mountFaultyStorage(site.storageFolder);
  let operator: Operator | undefined;
  try {
    const file = await writeSampleFile(site.folder, input.rows, () => cardFault(random));
    const place = createTestContext(site.folder, proxy.baseUrl, {
      PAYMENT_OPTIONS_TIMEOUT_MS: String(gatewayTimeoutMs),
      CARDLIFT_KEY_FILE: `${site.folder}/keys/key.json`,
    });
    const options = { merchantId: site.merchantId, batchName: 'crashes', concurrency };
    const { record } = await launchFile(place, file.path, options);
    await startBatch({ client: temporal.client, namespace: 'default' }, record, { heartbeatTimeoutMs });
    const crew = createWorkerCrew(site, file.path, input.workers);
    const scene: CrashScene = { temporal, simulator, proxy, disk, crew, random };

    operator = watchBatch(temporal.client, record.batchId, input.timeoutMs);
    const kinds = faultKinds.filter((kind) => disk !== undefined || !kind.startsWith('disk'));
    const injected = await injectAll(input, scene, kinds, operator);
    await operator.ended;
    await crew.stop();
    const storage = await place.storage();
    const folder = storage.files.locate(batchFolder(record.batchId));
    const findings = await checkBatch({
      folder,
      merchantRefs: file.rows.map(({ merchantRef }) => merchantRef),
      tag: record.tag,
      ledger: (await simulator.ledger()).charges,
      explain: await createExplanations({
        folder,
        rows: file.rows,
        proxy,
        gatewayTimeoutMs,
        killedPids: crew.killedPids,
      }),
    });
    return {
      findings,
      injected,
      leftOut: faultKinds.filter((kind) => !kinds.includes(kind)),
      cardFaults: file.rows.filter(({ fault }) => fault !== undefined).length,
      holds: operator.holds,
      seconds: (performance.now() - startedMs) / 1_000,
      requests: proxy.requests,
    };
  } finally {
    await operator?.leave();
    // Ends the site's processes. Its folder cannot be removed while the disk is mounted in it.
    await site.remove().catch(() => undefined);
    disk?.unmount();
    await rm(site.folder, { recursive: true, force: true });
    await proxy.close();
    await simulator.stop();
    await temporal.stop();
  }
}

function cardFault(random: Random): FaultName | undefined {
  return random.next() < cardFaultShare ? random.pick(faultNames) : undefined;
}

interface Operator {
  /** Rejects if the batch does not end in time. */
  readonly ended: Promise<void>;
  readonly isOver: boolean;
  readonly holds: Record<string, number>;
  /** Stops polling: a call in flight would outlive the connection. */
  leave(): Promise<void>;
}

/** Resumes the batch at every hold until it ends, as an operator would. */
function watchBatch(
  client: Parameters<typeof readProgress>[0],
  batchId: string,
  timeoutMs: number,
): Operator {
  const holds: Record<string, number> = {};
  let deadlineMs = performance.now() + timeoutMs;
  let isOver = false;
  let state = '';
  const look = async (): Promise<void> => {
    while (performance.now() < deadlineMs) {
      await delay(250);
      try {
        const status = await readBatchStatus(client, batchId);
        if (status === 'completed') return;
        if (status !== 'running') throw new Error(`The batch is ${status}`);
        const progress = await readProgress(client, batchId);
        state = JSON.stringify(progress);
        if (progress.hold === undefined) continue;
        holds[progress.hold.code] = (holds[progress.hold.code] ?? 0) + 1;
        await controlBatch(client, batchId, resumeUpdateName, { who: 'the crash run' });
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('The batch is')) throw error;
        // No answer: a fault is active.
      }
    }
    throw new Error(`The batch did not end in time: ${state}`);
  };
  const ended = look().finally(() => {
    isOver = true;
  });
  ended.catch(() => undefined);
  return {
    ended,
    holds,
    async leave() {
      deadlineMs = 0;
      await ended.catch(() => undefined);
    },
    get isOver() {
      return isOver;
    },
  };
}

async function injectAll(
  { faults, rows, report }: CrashRunInput,
  scene: CrashScene,
  kinds: readonly FaultKind[],
  operator: Operator,
): Promise<Partial<Record<FaultKind, number>>> {
  const { random, proxy } = scene;
  const injected: Partial<Record<FaultKind, number>> = {};
  const moments = Array.from({ length: faults }, () => rows * (0.03 + 0.87 * random.next())).sort(
    (a, b) => a - b,
  );
  // Every kind occurs before any kind is repeated.
  let deck: FaultKind[] = [];
  for (const moment of moments) {
    if (deck.length === 0) deck = shuffle(kinds, random);
    const kind = deck.pop() ?? 'worker_killed';
    while (proxy.requests < moment && !operator.isOver) await delay(30);
    if (operator.isOver) break;
    const what = await injectFault(kind, scene);
    injected[kind] = (injected[kind] ?? 0) + 1;
    report?.(`${String(proxy.requests).padStart(6)} requests: ${what}`);
  }
  return injected;
}

function shuffle<Item>(all: readonly Item[], random: Random): Item[] {
  const left = [...all];
  const mixed: Item[] = [];
  while (left.length > 0) mixed.push(...left.splice(random.between(0, left.length - 1), 1));
  return mixed;
}
