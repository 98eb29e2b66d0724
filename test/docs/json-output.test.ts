import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { jsonSections } from '../support/documented-json.ts';

const names = (await createProgram()).commands
  .filter((command) => command.options.some(({ long }) => long === '--json'))
  .map((command) => command.name());

test('docs/json-output.md describes every command that prints JSON, and no other', () => {
  const documented = jsonSections.flatMap((section) => section.names.map((name) => name.split(' ')[0] ?? ''));
  assert.deepEqual(
    [...new Set(documented)].filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(
    names.filter((name) => !documented.includes(name)),
    [],
    'describe what the command prints in docs/json-output.md',
  );
});
