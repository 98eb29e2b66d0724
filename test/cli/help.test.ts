import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '../../src/cli/failure.ts';
import { createProgram, helpOf } from '../../src/cli/program.ts';

const names = (await createProgram()).commands.map((command) => command.name());

for (const name of names) {
  test(`the help of ${name} has an example, --json, and fits 80 columns`, async () => {
    const command = (await createProgram([name])).commands.find((candidate) => candidate.name() === name);
    assert.ok(command !== undefined);
    const help = helpOf(command);
    assert.match(help, new RegExp(`^Examples?:\\n(?: {2}.*\\n)*? {2}.*cardlift ${name}`, 'm'));
    assert.ok(command.options.some(({ long }) => long === '--json'));
    for (const line of help.split('\n')) assert.ok(line.length <= 80, line);
  });
}

/** The message and exit code for a mistyped command line. */
async function mistype(...args: string[]): Promise<{ text: string; exitCode: number }> {
  let text = '';
  const program = await createProgram();
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeErr: (part) => {
        text += part;
      },
    });
  }
  const error = await program.parseAsync(['node', 'cardlift', ...args]).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error !== undefined);
  return { text, exitCode: describeFailure(error).exitCode };
}

for (const [args, hint] of [
  [['staus', 'batch'], /Did you mean status\?/],
  [['redrvie', 'batch'], /error: unknown command 'redrvie'/],
  [['results', 'batch', '--partail'], /Did you mean --partial\?/],
  [['run', 'cards.csv', '--merchant-id', '1', '--concurency', '5'], /Did you mean --concurrency\?/],
  [['purge'], /missing required argument 'batch'/],
  [['show', 'batch', '--row', '0'], /Give a whole number from 1/],
] as const) {
  test(`mistyped, "${args.join(' ')}" exits 2 with a hint and the way to the help`, async () => {
    const { text, exitCode } = await mistype(...args);
    assert.equal(exitCode, 2);
    assert.match(text, hint);
    assert.match(text, /--help/);
  });
}

test('a card number that was typed into a command line is not repeated', async () => {
  for (const args of [
    ['4111111111111111'],
    ['status', '--4111-1111-1111-1111'],
    ['show', 'b', '--row', '4111 1111 1111 1111'],
  ]) {
    const { text } = await mistype(...args);
    assert.match(text, /digits removed/);
    assert.doesNotMatch(text, /1111/);
  }
});
