import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** What each folder may import of ours, and whether it may import Node and packages. */
const arrows: Readonly<Record<string, { ours: readonly string[]; outside: RegExp }>> = {
  contract: { ours: ['contract'], outside: /^$/ },
  domain: { ours: ['domain', 'contract'], outside: /^$/ },
  workflows: { ours: ['workflows', 'contract', 'domain'], outside: /^@temporalio\/(workflow|common)$/ },
  gateway: { ours: ['gateway', 'domain', 'contract'], outside: /^(node:.*|undici|zod)$/ },
  storage: { ours: ['storage', 'domain', 'contract'], outside: /^(node:.*|zod)$/ },
  input: { ours: ['input', 'domain', 'contract'], outside: /^(node:.*|csv-parse)$/ },
  results: {
    ours: ['results', 'storage', 'domain', 'contract'],
    outside: /^(node:.*|zod|csv-stringify\/sync)$/,
  },
  activities: {
    ours: ['activities', 'contract', 'domain', 'gateway', 'storage', 'input', 'results'],
    outside: /^(node:.*|@temporalio\/(activity|worker))$/,
  },
  simulator: { ours: ['simulator', 'domain'], outside: /^(node:.*|zod|csv-stringify.*)$/ },
};

interface Import {
  readonly file: string;
  readonly from: string;
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function sourceFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

function isAllowed({ file, from }: Import): boolean {
  const rule = arrows[file.split('/')[0] ?? ''];
  if (rule === undefined) return true;
  if (!from.startsWith('.')) return rule.outside.test(from);
  const target = relative(root, resolve(root, file, '..', from));
  return rule.ours.includes(target.split('/')[0] ?? '');
}

for (const folder of Object.keys(arrows)) {
  test(`src/${folder} imports only along the arrows of the architecture`, () => {
    const files = sourceFiles(folder);
    assert.ok(files.length > 0);
    const wrong = files
      .flatMap((file) =>
        importsOf(readFileSync(join(root, file), 'utf8')).map((from): Import => ({ file, from })),
      )
      .filter((one) => !isAllowed(one));
    assert.deepEqual(wrong, []);
  });
}

test('an import against the arrows is noticed', () => {
  assert.deepEqual(importsOf("import { a } from '../storage/storage.ts';\nawait import('node:fs');"), [
    '../storage/storage.ts',
    'node:fs',
  ]);
  assert.equal(isAllowed({ file: 'workflows/x.ts', from: '../storage/storage.ts' }), false);
  assert.equal(isAllowed({ file: 'domain/x.ts', from: 'node:fs' }), false);
  assert.equal(isAllowed({ file: 'workflows/x.ts', from: '../domain/tally.ts' }), true);
});

const onlyIn: readonly (readonly [what: RegExp, places: RegExp, words: string])[] = [
  [/process\.env|process\[['"]env/, /^config\.ts$/, 'process.env'],
  [
    /ApplicationFailure\.create|new ApplicationFailure/,
    /^(activities\/failures|workflows\/batch-controls)\.ts$/,
    'ApplicationFailure',
  ],
  [/from 'pino'/, /^logger\.ts$/, 'pino'],
];

for (const [what, places, words] of onlyIn) {
  test(`${words} is used in its one place only`, () => {
    const users = sourceFiles().filter((file) => what.test(readFileSync(join(root, file), 'utf8')));
    assert.ok(users.length > 0);
    assert.deepEqual(
      users.filter((file) => !places.test(file)),
      [],
    );
  });
}
