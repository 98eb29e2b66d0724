import { once } from 'node:events';
import process from 'node:process';
import { joinDevServer } from '../../../src/temporal/dev-server/dev-server.ts';

const [home, binary, mode] = process.argv.slice(2);
if (home === undefined || binary === undefined)
  throw new Error('Usage: dev-server-joiner HOME BINARY [MODE]');

const log = {
  info(_fields: Record<string, unknown>, message: string) {
    const spawned = message === 'Started the Temporal dev server';
    if (spawned && mode === 'die-after-spawn') process.kill(process.pid, 'SIGKILL');
  },
  warn() {},
};
const lease = await joinDevServer({ home, binary, keep: false, log, searchAttributes: {} });
const { address, pid, startedByUs } = lease;
process.stdout.write(`${JSON.stringify({ address, pid, startedByUs })}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await lease.release();
