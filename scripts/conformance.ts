/*
 * `npm run conformance`: sends samples to an independent server, Prism, which is generated from
 * Payment Options' OpenAPI description. It answers 422 to a request with an unknown key, a wrong
 * type or a text that is too long, so every row must end tokenized. (Its option --errors is off:
 * the description's own sample answer has a null although its schema requires a text, which Prism would
 * then answer with 500.) npx fetches Prism at a pinned version: it is large, and nothing else needs
 * it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const prism = '@stoplight/prism-cli@5.12.0';
const samples = ['samples/ten-cards.csv', 'samples/japanese-cards.csv'];
const project = fileURLToPath(new URL('..', import.meta.url));
/** Most of it is for the first download of Prism. */
const startTimeoutMs = 180_000;

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found');
  return address.port;
}

async function waitUntilItListens(baseUrl: string): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs;
  while (Date.now() < deadlineMs) {
    const answer = await fetch(baseUrl).catch(() => undefined);
    if (answer !== undefined) return;
    await delay(500);
  }
  throw new Error('Prism did not start: npx must be able to fetch it');
}

const port = await findFreePort();
const baseUrl = `http://127.0.0.1:${port}`;
const home = await mkdtemp(join(tmpdir(), 'cardlift-conformance-'));
const server = spawn(
  'npx',
  ['--yes', prism, 'mock', 'api/generate-token.openapi.yaml', '--port', String(port), '--host', '127.0.0.1'],
  // A separate process group, since npx starts the server as a child.
  { cwd: project, stdio: 'ignore', detached: true },
);
try {
  await waitUntilItListens(baseUrl);
  for (const sample of samples) {
    const run = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        'src/starter.ts',
        'run',
        sample,
        '--merchant-id',
        'conformance',
        '--yes',
        '--out',
        home,
      ],
      {
        cwd: project,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...process.env,
          CARDLIFT_HOME: home,
          PAYMENT_OPTIONS_BASE_URL: baseUrl,
          PAYMENT_OPTIONS_AUTHORIZATION: 'Basic conformance',
          PAYMENT_OPTIONS_X_API_KEY: 'conformance',
        },
      },
    );
    const [code] = (await once(run, 'exit')) as [number | null];
    if (code !== 0) {
      process.stderr.write(`${sample}: not every request was accepted\n`);
      process.stderr.write(await readFile(join(home, 'results.csv'), 'utf8').catch(() => ''));
      process.exitCode = 1;
    }
  }
  if (process.exitCode === undefined)
    process.stdout.write('Every request was accepted, with zero violations.\n');
} finally {
  if (server.pid !== undefined) process.kill(-server.pid, 'SIGTERM');
  await rm(home, { recursive: true, force: true });
}
