/* A worker process: its own activities, owner, clocks, hold monitors and rate limiter. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/create-activities.ts';
import { ForeignErrorInterceptor } from '../../src/activities/failures.ts';
import type { CardliftActivities } from '../../src/contract/activities.ts';
import { createRateLimiter } from '../../src/rate-limit/rate-limiter.ts';
import type { OperatorKey } from '../../src/storage/key-file.ts';
import { type Actor, createActor } from './actor.ts';
import type { LedgerGateway } from './ledger-gateway.ts';
import { openStorageView } from './storage-view.ts';
import { runningActor } from './virtual-time.ts';
import type { World } from './world.ts';

export type ActivityName = keyof Pick<
  CardliftActivities,
  'openShard' | 'tokenizeRow' | 'closeShard' | 'closeUnsentShards' | 'publishResults'
>;

/** One attempt at an activity in one process. */
export interface Attempt {
  readonly process: WorkerProcess;
  readonly name: ActivityName;
  readonly input: unknown;
  readonly result: Promise<unknown>;
  heartbeatAtMs: number;
  cancel(): void;
}

export interface WorkerProcessOptions {
  readonly world: World;
  readonly gateway: LedgerGateway;
  readonly operatorKey: OperatorKey;
  readonly targetFingerprint: string;
  readonly name: string;
}

const silent = () => undefined;
const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };

export class WorkerProcess {
  readonly actor: Actor;
  /** How far its wall clock is from the true time. */
  skewMs: number;
  /** How long the machine slept: its monotonic clock stood still. */
  sleptMs = 0;
  /** Its wall clock was set back. Then it never sleeps: nothing measures an age across both. */
  isSetBack = false;
  /** The attempts that run in it, zombies included. */
  readonly running = new Set<Attempt>();
  readonly #world: World;
  readonly #activities: CardliftActivities;

  constructor({ world, gateway, operatorKey, targetFingerprint, name }: WorkerProcessOptions) {
    this.#world = world;
    this.actor = createActor(name, world.random.pick([1, 1, 0.3, 0.03]));
    this.skewMs = world.happens('clock_skew') ? world.random.pick([-4_000, -900, 900, 4_000, 60_000]) : 0;
    const nowMs = (): number => world.time.nowMs + this.skewMs;
    const storage = openStorageView(world, this.actor);
    this.#activities = runningActor.run(this.actor, () =>
      createActivities({
        storage,
        operatorKey,
        gateway: gateway.of(this.actor),
        rateLimiter: createRateLimiter({ ...storage, targetFingerprint, nowMs }),
        targetFingerprint,
        owner: name,
        versions: {},
        nowMs,
        monotonicMs: () => world.time.elapsedMs - this.sleptMs,
      }),
    );
  }

  start(name: ActivityName, input: unknown, attempt: number): Attempt {
    const environment = new MockActivityEnvironment(
      { attempt },
      { logger, interceptors: [() => ({ inbound: new ForeignErrorInterceptor() })] },
    );
    const act = this.#activities[name] as (input: unknown) => Promise<unknown>;
    const result = runningActor.run(this.actor, () => environment.run(act, input));
    const started: Attempt = {
      ...{ process: this, name, input, result },
      heartbeatAtMs: this.#world.time.nowMs,
      cancel: () => environment.cancel(),
    };
    this.running.add(started);
    const end = (): void => void this.running.delete(started);
    result.then(end, end);
    environment.on('heartbeat', () => {
      started.heartbeatAtMs = this.#world.time.nowMs;
    });
    return started;
  }
}
