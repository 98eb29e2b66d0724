/**
 * What a folder or file of src may import: our folders or files, and packages (`node:` means all of
 * Node).
 */
export interface Layer {
  readonly ours: readonly string[];
  readonly packages: readonly string[];
  /** Folders from which only types may be imported. */
  readonly types?: readonly string[];
}

/** The arrows of the design, which ARCHITECTURE.md repeats. Each layer may import itself. */
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
  app: {
    ours: ['contract', 'domain', 'gateway', 'storage', 'rate-limit', 'temporal', 'config.ts', 'logger.ts'],
    packages: ['node:'],
    // The parts of a worker, which `temporal/` assembles.
    types: ['activities'],
  },
  operations: {
    ours: [
      'contract',
      'domain',
      'storage',
      'rate-limit',
      'input',
      'results',
      'temporal',
      'app',
      // For ConfigError: invalid settings can refuse a request.
      'config.ts',
    ],
    packages: ['node:', '@temporalio/client', '@temporalio/common'],
  },
  cli: {
    ours: ['contract', 'domain', 'app', 'operations', 'cli/doctor', 'cli/commands/simulate.ts'],
    packages: ['node:', 'commander', 'csv-stringify'],
    // The results of operations, for display.
    types: ['storage', 'rate-limit', 'input', 'results', 'temporal'],
  },
  // Checks each part of the machine separately, so that a broken one does not hide the others.
  'cli/doctor': {
    ours: ['domain', 'app', 'operations', 'cli', 'config.ts', 'gateway', 'storage', 'temporal'],
    packages: ['node:', 'commander'],
  },
  'cli/commands/simulate.ts': { ours: ['domain', 'cli', 'simulator'], packages: ['commander'] },
  'config.ts': { ours: ['gateway', 'domain'], packages: ['node:', 'zod'] },
  'logger.ts': { ours: ['domain'], packages: ['pino'] },
  'starter.ts': { ours: ['cli'], packages: [] },
  'worker.ts': { ours: ['cli'], packages: [] },
};
