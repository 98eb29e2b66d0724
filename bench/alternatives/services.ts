/* The services that contenders need, each with its own data, started and stopped by the bench. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../src/temporal/dev-server/free-port.ts';
import { testTemporalBinary } from '../../test/support/temporal-binary.ts';
import { startTemporalServer } from '../../test/support/temporal-server.ts';
import { killAtExit } from '../support/cardlift.ts';
import type { Contender } from './contender.ts';

export interface Service {
  /** Environment variables that locate the service. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const redisReadyMs = 10_000;

/**
 * Starts what a contender needs. Cardlift starts its own Temporal and needs only the binary on
 * PATH.
 */
export async function startService(kind: Contender['service'], folder: string): Promise<Service> {
  switch (kind) {
    case 'redis':
      return await startRedis(folder);
    case 'temporal': {
      const server = await startTemporalServer();
      return { environment: { TEMPORAL_ADDRESS: server.address }, stop: () => server.stop() };
    }
    case undefined:
      return {
        environment: { PATH: `${dirname(await testTemporalBinary())}:${process.env.PATH ?? ''}` },
        stop: async () => undefined,
      };
  }
}

/** True if a Redis server is installed. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** Configured as BullMQ's guide recommends for production: an append-only file, no eviction. */
async function startRedis(folder: string): Promise<Service> {
  const port = await findFreePort();
  const child = spawn(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
    ],
    { stdio: 'ignore' },
  );
  killAtExit(child);
  const exited = once(child, 'exit');
  const deadlineMs = Date.now() + redisReadyMs;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error('The Redis server did not come up');
    }
    await delay(50);
  }
  return {
    environment: { PEER_REDIS_PORT: String(port) },
    async stop() {
      child.kill();
      await exited;
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
