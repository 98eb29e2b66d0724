import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CardliftSite } from '../support/cardlift-process.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { openSiteStage } from '../support/site-stage.ts';

const { simulator, openSite } = await openSiteStage();
const escapeCode = '\u001b';
let site: CardliftSite;

beforeEach(async () => {
  site = await openSite();
});

/** A run on a terminal with a canary of two rows, which waits for the operator's answer. */
async function reachQuestion() {
  const file = await writeSampleFile(site.folder, 6);
  const run = site.startOnTerminal([
    ...['run', file.path, '--merchant-id', site.merchantId],
    ...['--batch', 'asked', '--canary', '2', '--yes'],
  ]);
  await run.waitForLine(/Send the remaining rows\? \[y\/N\]/);
  assert.equal((await simulator.stats()).requests, 2);
  return run;
}

for (const [control, exitCode, requests] of [
  ['approve', 0, 6],
  ['cancel', 3, 2],
] as const) {
  test(`a question that another operator settles by ${control} disappears with a sentence, and the run follows the batch to its end`, async () => {
    const run = await reachQuestion();
    run.type('ye');
    const other = await site.start([control, 'asked']).exited;
    assert.equal(other.code, 0, other.stderr);
    const exit = await run.exited;
    assert.equal(exit.code, exitCode, exit.stdout);
    const [asked, after] = exit.stdout.split(`\r${escapeCode}[KNothing left to approve: the batch is `);
    assert.match(asked ?? '', /ye$/, 'the line of the question, with what was typed, is wiped');
    assert.ok(after !== undefined, exit.stdout);
    assert.equal((await simulator.stats()).requests, requests);
  });
}

test('an operator who says yes has the other rows sent', async () => {
  const run = await reachQuestion();
  run.type('y\r');
  const exit = await run.exited;
  assert.equal(exit.code, 0, exit.stdout);
  assert.equal((await simulator.stats()).requests, 6);
});

test('an operator who says no sees what to type, and the batch waits', async () => {
  const run = await reachQuestion();
  run.type('n\r');
  const exit = await run.exited;
  assert.equal(exit.code, 3, exit.stdout);
  assert.match(exit.stdout, /^ {2}cardlift run .* --approve\r$/m);
  assert.equal((await simulator.stats()).requests, 2);
});
