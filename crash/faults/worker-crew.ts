/*
 * The processes that work on a batch: one `cardlift run`, alone or beside several `cardlift
 * worker`. A process that dies or gives up is replaced, as a supervisor would do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CardliftProcess, CardliftSite } from '../../test/support/cardlift-process.ts';
import type { Random } from './random.ts';

export interface WorkerCrew {
  /** Every process that was killed with SIGKILL. */
  readonly killedPids: ReadonlySet<number>;
  kill(random: Random, downMs: number): Promise<string>;
  terminate(random: Random): Promise<string>;
  /** Stops one process and continues it after `ms`. Does not wait. */
  pause(random: Random, ms: number): string;
  /** Kills the `run`, the operator's own process. */
  killOperator(downMs: number): Promise<string>;
  /** Ends all processes with SIGTERM. */
  stop(): Promise<void>;
}

/** Starts the crew. */
export function createWorkerCrew(site: CardliftSite, file: string, size: number): WorkerCrew {
  const killedPids = new Set<number>();
  const pauses = new Map<number, NodeJS.Timeout>();
  const members: CardliftProcess[] = [];
  /** Processes that the call which killed them replaces. */
  const replaced = new Set<CardliftProcess>();
  let isOver = false;

  const keep = (place: number): void => {
    const member =
      place === 0
        ? site.startRun(file, ['--batch', 'crashes', '--concurrency', '24', '--resume'])
        : site.start(['worker']);
    members[place] = member;
    void member.exited.then(async () => {
      // A worker without Temporal gives up, and so does a run on hold. A supervisor restarts it.
      await delay(300);
      if (!isOver && !replaced.has(member)) keep(place);
    });
  };
  const memberAt = (place: number): CardliftProcess => {
    const member = members[place];
    if (member === undefined) throw new Error('There is no such worker');
    return member;
  };
  const goOn = (member: CardliftProcess): void => {
    clearTimeout(pauses.get(member.pid));
    pauses.delete(member.pid);
    member.signal('SIGCONT');
  };
  const killAt = async (place: number, downMs: number): Promise<void> => {
    const member = memberAt(place);
    replaced.add(member);
    killedPids.add(member.pid);
    await member.kill();
    await delay(downMs);
    keep(place);
  };
  for (let place = 0; place < size; place += 1) keep(place);

  return {
    killedPids,
    async kill(random, downMs) {
      const place = random.between(0, size - 1);
      await killAt(place, downMs);
      return `worker ${place + 1} of ${size} killed, another one after ${downMs} ms`;
    },
    async terminate(random) {
      const place = random.between(0, size - 1);
      const member = memberAt(place);
      goOn(member);
      await member.kill('SIGTERM');
      return `worker ${place + 1} of ${size} was stopped with SIGTERM`;
    },
    pause(random, ms) {
      const place = random.between(0, size - 1);
      const member = memberAt(place);
      member.signal('SIGSTOP');
      pauses.set(
        member.pid,
        setTimeout(() => goOn(member), ms),
      );
      return `worker ${place + 1} of ${size} stopped (SIGSTOP) for ${ms} ms`;
    },
    async killOperator(downMs) {
      await killAt(0, downMs);
      return `the operator's run killed, and given again after ${downMs} ms`;
    },
    async stop() {
      isOver = true;
      for (const member of members) {
        goOn(member);
        await member.kill('SIGTERM');
      }
    },
  };
}
