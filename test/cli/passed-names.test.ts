/* Each command refuses a name that is a card number before it reads or writes anything. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { describeFailure } from '../../src/cli/failure.ts';
import { createProgram } from '../../src/cli/program.ts';
import { OperationRefused } from '../../src/operations/errors.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const card = '4111111111111111';
const run = ['run', 'cards.csv', '--merchant-id', '1234', '--amount', '1', '--currency', 'JPY', '--yes'];

/** How the command line ends. The context has no gateway, no Temporal and no file. */
async function fail(line: readonly string[]): Promise<{ exitCode: number; message: string }> {
  let written = '';
  const keep = (text: string): void => {
    written += text;
  };
  const program = await createProgram();
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: keep, writeOut: () => undefined });
  }
  try {
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    const { exitCode, message = '' } = describeFailure(error);
    return { exitCode, message: `${written}${message}` };
  }
  return { exitCode: 0, message: written };
}

for (const [option, line] of [
  ['FILE', ['run', `${card}.csv`, ...run.slice(2)]],
  ['FILE', ['run', 'cards 4111-1111-1111-1111.csv', ...run.slice(2)]],
  ['FILE', ['run', `in/${card}/cards.csv`, ...run.slice(2)]],
  ['FILE', ['start', `${card}.csv`, ...run.slice(2)]],
  ['FILE', ['validate', 'x_4111_1111_1111_1111_y.csv']],
  ['FILE', ['redrive', 'march', `${card}.csv`]],
  ['FILE', ['resolve', 'march', `${card}.csv`]],
  ['FILE', ['template', `${card}.csv`]],
  ['--rejected', ['validate', 'cards.csv', '--rejected', `${card}.csv`]],
  ['--columns', ['validate', 'cards.csv', '--columns', `${card}.yaml`]],
  ['--columns', [...run, '--columns', `${card}.yaml`]],
  ['--out', [...run, '--out', card]],
  ['--out', ['results', 'march', '--out', `out/${card}`]],
  ['--out', ['watch', 'march', '--out', card]],
  ['--out', ['redrive', 'march', '--out', card]],
  ['--out', ['resolve', 'march', 'unresolved.csv', '--out', card]],
  ['--skip-tokenized-in', [...run, '--skip-tokenized-in', 'a.csv', `${card}.csv`]],
  ['--ledger', ['simulate', '--ledger', `${card}.json`]],
  ['--batch', [...run, '--batch', card]],
  ['--batch', [...run, '--batch', '4111.1111.1111.1111']],
  ['--batch', [...run, '--batch', '3782-822463-10005']],
  ['--merchant-id', ['run', 'cards.csv', '--merchant-id', '5555555555554444']],
  ['--merchant-id', ['start', 'cards.csv', '--merchant-id', '378282246310005']],
] as const) {
  test(`${line[0]} refuses a card number as ${option}: ${line.join(' ').replace(/\d/g, '#')}`, async () => {
    const { exitCode, message } = await fail(line);
    assert.equal(exitCode, 2);
    assert.match(message, new RegExp(`given as ${option} looks like a card number, .*\\. (Rename|Use) `));
    assert.doesNotMatch(message, /\d{4}/);
  });
}

test('a name that is refused leaves nothing behind', async (t) => {
  const path = await createTemporaryFolder(t);
  const before = readdirSync(path);
  await fail(['template', `${path}/${card}.csv`]);
  assert.deepEqual(readdirSync(path), before);
});

test('numbers that are no cards may name things: an acquirer id of 15 digits, dates, digests', async () => {
  const program = await createProgram();
  const command = program.commands.find((one) => one.name() === 'run');
  assert.ok(command !== undefined);
  for (const merchantId of ['1234', '411111111111111', '300000000000009', '4111111111111112']) {
    command.parseOptions(['--merchant-id', merchantId]);
    assert.equal(command.opts().merchantId, merchantId);
  }
  for (const batch of ['march', 'cards-2026-01-30', '20260130-053456', 'cards-0a1b2c3d', '5000-rows']) {
    command.parseOptions(['--batch', batch]);
    assert.equal(command.opts().batch, batch);
  }
  assert.throws(() => command.parseOptions(['--batch', card]), OperationRefused);
});
