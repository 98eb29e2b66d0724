/** What a folder of src may import: folders or files of ours, and packages (`node:` stands for all of Node). */
export interface Layer {
  readonly ours: readonly string[];
  readonly packages: readonly string[];
  /** Folders whose types may be imported, and nothing else. */
  readonly types?: readonly string[];
}

/** The arrows of the design, which ARCHITECTURE.md repeats. Each folder may import itself. */
export const layers: Readonly<Record<string, Layer>> = {
  contract: { ours: ['domain'], packages: [] },
  domain: { ours: ['contract'], packages: [] },
  workflows: {
    ours: ['contract', 'domain'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    types: ['activities'],
  },
  gateway: { ours: ['contract', 'domain'], packages: ['node:', 'jsonc-parser', 'zod'] },
  storage: { ours: ['contract', 'domain'], packages: ['node:', 'zod'] },
  'rate-limit': { ours: ['contract', 'domain', 'storage'], packages: ['node:', 'zod'] },
  input: {
    ours: ['contract', 'domain'],
    packages: ['node:', 'csv-parse', 'iconv-lite', 'yaml', 'zod'],
  },
  results: {
    ours: ['contract', 'domain', 'storage'],
    packages: ['node:', 'csv-parse', 'csv-stringify', 'zod'],
  },
  activities: {
    ours: ['contract', 'domain', 'gateway', 'storage', 'rate-limit', 'input', 'results'],
    packages: ['node:', '@temporalio/activity', '@temporalio/common', '@temporalio/worker'],
  },
  simulator: { ours: [], packages: ['node:', 'zod'] },
  temporal: {
    ours: ['contract', 'domain', 'gateway', 'storage', 'activities', 'logger.ts'],
    packages: [
      'node:',
      'zod',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      '@temporalio/worker',
    ],
  },
  cli: {
    ours: [
      'contract',
      'domain',
      'gateway',
      'storage',
      'rate-limit',
      'input',
      'results',
      'simulator',
      'temporal',
      'app',
      'operations',
      'config.ts',
      'logger.ts',
    ],
    packages: [
      'node:',
      'zod',
      'commander',
      'csv-parse',
      'csv-stringify',
      '@temporalio/client',
      '@temporalio/common',
    ],
    // What a worker is made of, which the command line hands to `temporal/` to assemble.
    types: ['activities'],
  },
  operations: {
    ours: [
      'contract',
      'domain',
      'gateway',
      'storage',
      'rate-limit',
      'input',
      'results',
      'simulator',
      'temporal',
      'app',
      'cli',
      'config.ts',
      'logger.ts',
    ],
    packages: [
      'node:',
      'zod',
      'commander',
      'csv-parse',
      'csv-stringify',
      '@temporalio/client',
      '@temporalio/common',
    ],
    // What a worker is made of, which the command line hands to `temporal/` to assemble.
    types: ['activities'],
  },
  app: {
    ours: [
      'contract',
      'domain',
      'gateway',
      'storage',
      'rate-limit',
      'input',
      'results',
      'simulator',
      'temporal',
      'cli',
      'config.ts',
      'logger.ts',
    ],
    packages: [
      'node:',
      'zod',
      'commander',
      'csv-parse',
      'csv-stringify',
      '@temporalio/client',
      '@temporalio/common',
    ],
    // What a worker is made of, which the command line hands to `temporal/` to assemble.
    types: ['activities'],
  },
  'config.ts': { ours: ['gateway', 'domain'], packages: ['node:', 'zod'] },
  'logger.ts': { ours: ['domain'], packages: ['pino'] },
  'starter.ts': { ours: ['cli'], packages: ['node:'] },
  'worker.ts': { ours: ['app', 'cli', 'temporal', 'config.ts', 'logger.ts'], packages: ['node:'] },
};
