import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { layers } from './layers.ts';

const sourceRoot = fileURLToPath(new URL('../../src', import.meta.url));

interface Source {
  /** Under src, e.g. `domain/card.ts`. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly target: string;
  readonly isTypeOnly: boolean;
}

/** Text without comments, since comments are not code. Strings stay, since imports are strings. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function importsOf({ text }: Source): Import[] {
  const code = withoutComments(text);
  const statements = [...code.matchAll(/^\s*(import|export)\b([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]/gm)].map(
    ([, , clause = '', target = '']) => ({ target, isTypeOnly: isTypeClause(clause) }),
  );
  const bare = [...code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)];
  const dynamic = [...code.matchAll(/\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g)];
  return [...statements, ...[...bare, ...dynamic].map(([, target = '']) => ({ target, isTypeOnly: false }))];
}

/** `import type {…}`, or braces in which every name is a type. */
function isTypeClause(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([\s\S]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return names?.every((name) => name.startsWith('type ')) === true;
}

/** The layer with the longest name that begins the path, or the path's first part. */
function layerOf(path: string): string {
  const fitting = Object.keys(layers).filter((name) => path === name || path.startsWith(`${name}/`));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? path.split('/')[0] ?? '';
}

/** What is wrong with a source's imports, as sentences. */
function findBrokenArrows(source: Source): string[] {
  const name = layerOf(source.path);
  const layer = layers[name];
  if (layer === undefined) return [`${source.path} lies in no folder of the design`];
  return importsOf(source).flatMap(({ target, isTypeOnly }) => {
    if (target.startsWith('.')) {
      const resolved = posix.join(posix.dirname(source.path), target);
      if (resolved === '../package.json' && source.path === 'app/versions.ts') return [];
      const theirs = layerOf(resolved);
      if (!target.endsWith('.ts')) return [`${source.path} imports ${target} without .ts`];
      if (theirs === name || layer.ours.includes(theirs)) return [];
      return isTypeOnly && layer.types?.includes(theirs) === true
        ? []
        : [`${source.path} imports ${resolved}`];
    }
    if (builtinModules.includes(target)) return [`${source.path} imports ${target} without node:`];
    const isAllowed = layer.packages.some(
      (allowed) => target === allowed || target.startsWith(allowed.endsWith(':') ? allowed : `${allowed}/`),
    );
    return isAllowed ? [] : [`${source.path} imports ${target}`];
  });
}

/** Words that only one file (or folder, with `/`) may hold. */
const reserved: readonly {
  readonly what: string;
  readonly pattern: RegExp;
  readonly owners: readonly string[];
}[] = [
  {
    what: 'the environment',
    pattern:
      /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*(?:=\s*process\b|from\s*['"](?:node:)?process)/,
    owners: ['config.ts'],
  },
  {
    what: 'the exit code or a standard stream',
    pattern: /\bprocess\s*\.\s*(?:exitCode|exit|stdout|stderr|stdin)\b/,
    owners: ['cli/', 'simulator/process.ts'],
  },
  {
    what: 'a failure for Temporal',
    pattern:
      /\bApplicationFailure\s*(?:\.\s*(?:create|retryable|nonRetryable|fromError)\b|\[)|\bnew\s+ApplicationFailure\b/,
    owners: ['activities/failures.ts', 'workflows/'],
  },
  { what: 'the logger', pattern: /['"]pino(?:\/[^'"]*)?['"]/, owners: ['logger.ts'] },
  { what: 'the console', pattern: /\bconsole\s*(?:\.|\[)/, owners: [] },
  { what: 'a default export', pattern: /^\s*export\s+default\b|\bas\s+default\b/m, owners: [] },
];

function findReserved({ path, text }: Source): string[] {
  const code = withoutComments(text);
  return reserved
    .filter(
      ({ pattern, owners }) =>
        pattern.test(code) &&
        !owners.some((owner) => path === owner || (owner.endsWith('/') && path.startsWith(owner))),
    )
    .map(({ what }) => `${path} uses ${what}`);
}

/**
 * Two files with the same name mislead a reader. Only a command may share the name of its operation
 * or process, and a provider's part the name of what it implements.
 */
function findSharedNames(paths: readonly string[]): string[] {
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    if (/^(?:cli\/commands|gateway\/payment-options)\//.test(path)) continue;
    const name = posix.basename(path);
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return [...byName.values()].filter((some) => some.length > 1).map((some) => some.sort().join(' and '));
}

const bannedNames = ['util', 'utils', 'helper', 'helpers', 'common', 'shared', 'types', 'misc'];

function findNameFaults(path: string): string[] {
  const parts = path.replace(/\.ts$/, '').split('/');
  return parts
    .filter((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part) || bannedNames.includes(part))
    .map((part) => `${path}: ${part} is no name for a file or folder`);
}

const sources: readonly Source[] = readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(`${sourceRoot}/${path}`, 'utf8') }));
const ownSources = sources.filter(({ path }) => !path.startsWith('gateway/payment-options/generated/'));

test('every import follows the arrows of the design', () => {
  assert.ok(sources.length > 80, 'the sources were found');
  assert.deepEqual(sources.flatMap(findBrokenArrows), []);
});

test('the environment, failures, the logger and the console stay with the one file that owns them', () => {
  assert.deepEqual(ownSources.flatMap(findReserved), []);
});

test('every file and folder is named as the style says', () => {
  assert.deepEqual(
    sources.flatMap(({ path }) => findNameFaults(path)),
    [],
  );
});

test('no two files have the same name', () => {
  assert.deepEqual(findSharedNames(sources.map(({ path }) => path)), []);
  assert.deepEqual(findSharedNames(['domain/card.ts', 'cli/output/card.ts', 'input/row.ts']), [
    'cli/output/card.ts and domain/card.ts',
  ]);
});

test('contract and domain read no clock, no randomness and no global of Node, and workflows neither', () => {
  const impure =
    /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.|process\.|Buffer\.|setTimeout|setInterval|fetch\()/;
  const found = ownSources
    // Workflows run in a sandbox that replaces the clock and randomness with deterministic ones.
    .filter(({ path }) => /^(contract|domain)\//.test(path))
    .filter(({ text }) => impure.test(withoutComments(text)));
  assert.deepEqual(
    found.map(({ path }) => path),
    [],
  );
});

test('only the list of providers imports a provider, so that a new one changes one line', () => {
  const importers = sources.filter(
    ({ path, text }) =>
      !path.startsWith('gateway/payment-options/') &&
      importsOf({ path, text }).some(({ target }) => target.includes('/payment-options/')),
  );
  assert.deepEqual(
    importers.map(({ path }) => path),
    ['gateway/providers.ts'],
  );
});

test('every folder of src has its arrows written down, and every arrow a folder', () => {
  assert.deepEqual([...new Set(sources.map(({ path }) => layerOf(path)))].sort(), Object.keys(layers).sort());
});

for (const [path, text] of [
  ['domain/card.ts', "import { z } from 'zod';"],
  ['domain/card.ts', "import { readFile } from 'node:fs/promises';"],
  ['domain/card.ts', "import fs from 'fs';"],
  ['contract/ids.ts', "export { parseBaseUrl } from '../gateway/base-url.ts';"],
  ['workflows/shard-run.ts', "import { createTokenizeRow } from '../activities/tokenize-row.ts';"],
  ['workflows/shard-run.ts', "import { type A, b } from '../activities/tokenize-row.ts';"],
  ['workflows/shard-run.ts', "import type { Client } from '@temporalio/client';"],
  ['workflows/shard-run.ts', "import 'node:fs';"],
  ['storage/storage.ts', "import type { Gateway } from '../gateway/gateway.ts';"],
  ['gateway/http-gateway.ts', "const storage = await import('../storage/storage.ts');"],
  ['results/consolidate-shard.ts', "import {\n  createHttpGateway,\n} from '../gateway/http-gateway.ts';"],
  ['simulator/gateway.ts', "import { isLuhnValid } from '../domain/card.ts';"],
  ['cli/commands/run.ts', "import { createActivities } from '../../activities/create-activities.ts';"],
  ['cli/commands/run.ts', "import type { X } from '../../workflows/index.ts';"],
  ['cli/commands/run.ts', "import { readManifest } from '../../results/manifest.ts';"],
  ['cli/commands/run.ts', "import { type Storage, open } from '../../storage/storage.ts';"],
  ['cli/commands/run.ts', "import type { Client } from '@temporalio/client';"],
  ['cli/commands/run.ts', "import { createSimulator } from '../../simulator/simulator.ts';"],
  ['cli/doctor/doctor.ts', "import { previewFile } from '../../input/file-preview.ts';"],
  ['operations/purge.ts', "import type { Terminal } from '../cli/terminal.ts';"],
  ['operations/purge.ts', "import type { ExitCode } from '../cli/exit-codes.ts';"],
  ['operations/purge.ts', "import type { Command } from 'commander';"],
  ['operations/purge.ts', "import { createHttpGateway } from '../gateway/http-gateway.ts';"],
  ['app/app-context.ts', "import type { OperationRefused } from '../operations/errors.ts';"],
  ['app/app-context.ts', "import { openContext } from '../cli/cli-context.ts';"],
  ['temporal/batch-client.ts', "import type { AppContext } from '../app/app-context.ts';"],
  ['worker.ts', "import { startWorker } from './temporal/worker-assembly.ts';"],
  ['storage/local/local-intents.ts', "import { createLogger } from '../../logger.ts';"],
  ['domain/card.ts', "import { a } from './amount';"],
  ['elsewhere/file.ts', ''],
] as const) {
  test(`a forbidden import is caught: ${path} with ${JSON.stringify(text)}`, () => {
    assert.equal(findBrokenArrows({ path, text }).length, 1);
  });
}

test('imports that are allowed, and those in comments, are not caught', () => {
  for (const [path, text] of [
    [
      'domain/card.ts',
      "// import { z } from 'zod';\n/* import 'node:fs'; */\nimport { a } from './amount.ts';",
    ],
    ['workflows/shard-run.ts', "import type { A } from '../activities/tokenize-row.ts';"],
    ['results/result-files.ts', "import { stringify } from 'csv-stringify/sync';"],
    ['cli/commands/run.ts', "import type { Manifest } from '../../results/manifest.ts';"],
    ['cli/program.ts', "import { addDoctorCommand } from './doctor/doctor.ts';"],
    ['cli/doctor/doctor.ts', "import { probeGateway } from '../../gateway/reachability.ts';"],
    ['storage/local/local-intents.ts', "import { shardFolder } from '../layout.ts';"],
  ] as const) {
    assert.deepEqual(findBrokenArrows({ path, text }), []);
  }
});

for (const text of [
  'const level = process.env.LEVEL;',
  "const level = process['env'].LEVEL;",
  'const { env } = process;',
  "import { env } from 'node:process';",
  "throw ApplicationFailure.create({ message: 'x' });",
  "throw ApplicationFailure.nonRetryable('x');",
  "import { pino } from 'pino';",
  "console.log('x');",
  'process.exitCode = 2;',
  'process.stderr.write(text);',
  "console['log']('x');",
  'export default 1;',
]) {
  test(`what belongs to another file is caught: ${text}`, () => {
    assert.equal(findReserved({ path: 'activities/tokenize-row.ts', text }).length, 1);
    assert.equal(findReserved({ path: 'activities/tokenize-row.ts', text: `// ${text}` }).length, 0);
  });
}

test('a name that the style forbids is caught', () => {
  for (const path of [
    'domain/cardNumber.ts',
    'domain/Card.ts',
    'domain/card_number.ts',
    'utils/card.ts',
    'domain/types.ts',
  ]) {
    assert.equal(findNameFaults(path).length, 1, path);
  }
});
