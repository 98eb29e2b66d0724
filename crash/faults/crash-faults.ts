/*
 * What a crash run does to the processes of a batch. Each fault ends by itself before the next one,
 * or soon after.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatorProcess } from '../../test/support/simulator-process.ts';
import type { TemporalServer } from '../../test/support/temporal-server.ts';
import type { GatewayProxy } from './gateway-proxy.ts';
import type { Random } from './random.ts';
import type { FaultyStorage } from './storage-faults.ts';
import type { WorkerCrew } from './worker-crew.ts';

export const faultKinds = [
  'worker_killed',
  'worker_terminated',
  'worker_stopped',
  'operator_killed',
  'temporal_killed',
  'gateway_killed',
  'gateway_refuses',
  'balancer_resets',
  'disk_full',
  'disk_read_only',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface CrashScene {
  readonly temporal: TemporalServer;
  readonly simulator: SimulatorProcess;
  readonly proxy: GatewayProxy;
  readonly disk: FaultyStorage | undefined;
  readonly crew: WorkerCrew;
  readonly random: Random;
}

/** Injects one fault. Resolves to a description at its end; a stopped worker continues later. */
export async function injectFault(kind: FaultKind, scene: CrashScene): Promise<string> {
  const { temporal, simulator, proxy, disk, crew, random } = scene;
  const downMs = random.between(200, 1_500);
  switch (kind) {
    case 'worker_killed':
      return await crew.kill(random, downMs);
    case 'worker_terminated':
      return await crew.terminate(random);
    case 'worker_stopped':
      // Longer than the heartbeat time-out, and longer than an intent stays fresh enough to send.
      return crew.pause(random, random.between(5_500, 8_000));
    case 'operator_killed':
      return await crew.killOperator(downMs);
    case 'temporal_killed':
      await temporal.kill();
      await delay(downMs);
      await temporal.restart();
      return `the Temporal server killed, and back after ${downMs} ms`;
    case 'gateway_killed': {
      const inFlight = proxy.inFlight;
      await simulator.kill();
      await delay(downMs);
      await simulator.restart();
      return `the gateway killed with ${inFlight} requests in flight, and back after ${downMs} ms`;
    }
    case 'gateway_refuses': {
      const inFlight = proxy.inFlight;
      await proxy.change('refuse');
      await delay(downMs);
      await proxy.change('pass');
      return `the gateway refused connections for ${downMs} ms; ${inFlight} requests were cut`;
    }
    case 'balancer_resets': {
      await proxy.change(random.pick(['reset_at_accept', 'reset_at_request'] as const));
      await delay(downMs / 3);
      await proxy.change('pass');
      return `the load balancer accepted and reset connections for ${Math.round(downMs / 3)} ms`;
    }
    case 'disk_full':
      disk?.fill();
      await delay(downMs);
      disk?.fix();
      return `the disk was full for ${downMs} ms`;
    case 'disk_read_only':
      disk?.makeReadOnly();
      await delay(downMs);
      disk?.fix();
      return `the storage was read-only for ${downMs} ms`;
  }
}
