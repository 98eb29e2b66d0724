/*
 * What the measurements run on: a Temporal server, a simulated gateway in its own process, and
 * workers.
 */
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CardliftProcess,
  type CardliftSite,
  createCardliftSite,
} from '../../test/support/cardlift-process.ts';
import { writeSampleFile } from '../../test/support/sample-file.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/support/simulator-process.ts';
import { startTemporalServer, type TemporalServer } from '../../test/support/temporal-server.ts';
import { buildCardlift } from '../support/cardlift.ts';

export interface Stage {
  readonly temporal: TemporalServer;
  readonly simulator: SimulatorProcess;
}

/** How long the gateway usually takes to answer. */
const latencyMs = 100;

/** Runs a measurement on its own stage, with the program as it is now. */
export async function onStage<Result>(act: (stage: Stage) => Promise<Result>): Promise<Result> {
  buildCardlift();
  const temporal = await startTemporalServer();
  const simulator = await startSimulatorProcess({ settings: { latencyMs } });
  raisePriority(simulator.pid);
  try {
    return await act({ temporal, simulator });
  } finally {
    await simulator.stop();
    await temporal.stop();
  }
}

/**
 * A real gateway has its own processors. Here the workers would use them all, and the gateway would
 * see requests late.
 */
function raisePriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, -10);
  } catch {
    // Only the superuser may.
  }
}

/** Workers with their own storage, on the stage. */
export class Crew {
  readonly site: CardliftSite;
  readonly workers: CardliftProcess[] = [];
  readonly #simulator: SimulatorProcess;
  #batches = 0;

  private constructor(site: CardliftSite, simulator: SimulatorProcess) {
    this.site = site;
    this.#simulator = simulator;
  }

  static async of({ temporal, simulator }: Stage, workers: number): Promise<Crew> {
    await simulator.reset();
    await simulator.settings({ ratePerS: null });
    const site = await createCardliftSite({
      baseUrl: simulator.baseUrl,
      temporalAddress: temporal.address,
      isBuilt: true,
      environment: { PAYMENT_OPTIONS_TIMEOUT_MS: '10000' },
    });
    const crew = new Crew(site, simulator);
    for (let count = 0; count < workers; count += 1) await crew.join();
    return crew;
  }

  async join(): Promise<CardliftProcess> {
    const worker = this.site.start(['worker']);
    await worker.waitForLine(/^Working for/);
    this.workers.push(worker);
    return worker;
  }

  /** Runs a command to its end; rejects if it fails. */
  async command(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.site.start(args).exited;
    if (code !== 0) throw new Error(`cardlift ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  /** Starts a batch of this many rows for a new merchant; resolves to its id. */
  async startBatch(rows: number, ...flags: string[]): Promise<string> {
    const file = await writeSampleFile(this.site.folder, rows);
    this.#batches += 1;
    const merchantId = `${this.site.merchantId}-${this.#batches}`;
    return await this.command('start', file.path, '--merchant-id', merchantId, '--yes', ...flags);
  }

  /** Waits until this many requests have arrived. */
  async arrived(requests: number): Promise<void> {
    while ((await this.#simulator.stats()).requests < requests) await delay(200);
  }

  /** Waits until the batch has finished; rejects if it did not. */
  async ended(batchId: string): Promise<void> {
    await this.command('watch', batchId);
  }

  async leave(): Promise<void> {
    await this.site.remove();
  }
}
