import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';

test('a command that runs no worker does not wait for the half second that loading one takes', () => {
  assert.ok(createProgram().commands.length > 0);
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  assert.ok(loaded.some((path) => path.includes('/@temporalio/client/')));
  assert.deepEqual(
    loaded.filter((path) => path.includes('/@temporalio/worker/')),
    [],
  );
});
