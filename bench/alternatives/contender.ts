/* The contenders: how to start each, what it needs, and what it produces. */

import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { definedOf } from '../../src/domain/defined.ts';
import { stopDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { project, startCardlift, startLogged } from '../support/cardlift.ts';
import type { ResultRow } from './verdict.ts';

/** The same for all contenders of a run. */
export interface Task {
  readonly inputFile: string;
  /** The contender's own folder. */
  readonly folder: string;
  readonly baseUrl: string;
  /** Requests per second; 0 for no limit. */
  readonly ratePerS: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Environment variables that locate the contender's service. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Contender {
  readonly name: string;
  /** The service it needs. The bench starts it, and does not kill it with the contender. */
  readonly service?: 'temporal' | 'redis';
  /** The files that a user would have to write, under bench/peers. Empty: one command. */
  readonly files: readonly string[];
  /** Exit codes of a completed run. */
  readonly endCodes: readonly number[];
  /** Starts the contender. The second start must continue what the first one left. */
  start(task: Task): ChildProcess;
  readResults(task: Task): Promise<ResultRow[]>;
  /** Stops what a failed run left running. */
  cleanUp?(folder: string): Promise<unknown>;
}

/** The contender's output, from both starts. */
export const logFileOf = ({ folder }: Task): string => join(folder, 'messages.log');

const homeIn = (folder: string): string => join(folder, 'home');

const cardlift: Contender = {
  name: 'Cardlift',
  files: [],
  // 1: some rows ended without a token, such as declined ones.
  endCodes: [0, 1],
  start: (task) =>
    startCardlift({
      ...task,
      home: homeIn(task.folder),
      outFolder: task.folder,
      logFile: logFileOf(task),
    }),
  cleanUp: (folder) => stopDevServer(homeIn(folder)),
  async readResults({ folder }) {
    const lines = parse(await readFile(join(folder, 'results.csv')), { columns: true }) as Record<
      string,
      string
    >[];
    return lines.map((line) => ({
      ref: line.merchant_ref ?? '',
      outcome: line.outcome ?? '',
      token: line.stored_payment_method_id ?? '',
    }));
  },
};

function createPeer(
  name: string,
  program: string,
  files: readonly string[],
  service?: Contender['service'],
): Contender {
  const resultFile = (task: Task): string => join(task.folder, 'results.csv');
  return {
    name,
    files: [program, ...files, 'gateway.ts', 'files.ts'],
    endCodes: [0],
    ...definedOf({ service }),
    start: (task) =>
      startLogged(logFileOf(task), ['--import', 'tsx', join(project, 'bench/peers', program)], {
        PEER_INPUT: task.inputFile,
        PEER_RESULTS: resultFile(task),
        PEER_RATE: String(task.ratePerS),
        PEER_CONCURRENCY: String(task.concurrency),
        PEER_TIMEOUT_MS: String(task.timeoutMs),
        PAYMENT_OPTIONS_BASE_URL: task.baseUrl,
        ...task.environment,
      }),
    async readResults(task) {
      if (!existsSync(resultFile(task))) return [];
      const lines = parse(await readFile(resultFile(task)), { relax_column_count: true }) as string[][];
      return lines.map(([ref = '', outcome = '', token = '']) => ({ ref, outcome, token }));
    },
  };
}

const temporalFiles = ['temporal-worker.ts', 'temporal-activities.ts'];

/** All contenders, in the order of the table. */
export const contenders: readonly Contender[] = [
  cardlift,
  createPeer('p-limit script', 'p-limit/main.ts', []),
  createPeer('BullMQ', 'bullmq/main.ts', [], 'redis'),
  createPeer(
    'Temporal, plain',
    'plain-temporal/main.ts',
    ['plain-temporal/workflows.ts', ...temporalFiles],
    'temporal',
  ),
  createPeer(
    'Temporal, sliding window',
    'sliding-window/main.ts',
    ['sliding-window/workflows.ts', ...temporalFiles],
    'temporal',
  ),
];

/** Lines that a user has to write, without blank lines and comments. 1 for a command. */
export async function countLines({ files }: Contender): Promise<number> {
  if (files.length === 0) return 1;
  let lines = 0;
  for (const file of files) {
    const text = await readFile(join(project, 'bench/peers', file), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
    lines += code.split('\n').filter((line) => line.trim() !== '').length;
  }
  return lines;
}
