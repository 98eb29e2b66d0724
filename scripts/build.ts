/* `npm run build`: compiles src into dist, and bundles the workflows once, for production. */
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../src/logger.ts';
import { bundleWorkflows } from '../src/temporal/workflow-bundle.ts';

const project = fileURLToPath(new URL('..', import.meta.url));

await rm(`${project}dist`, { recursive: true, force: true });
const compiled = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  {
    cwd: project,
    stdio: 'inherit',
  },
);
if (compiled.status !== 0) process.exit(1);
const { code } = await bundleWorkflows(createLogger('warn'));
await writeFile(`${project}dist/workflow-bundle.js`, code);
