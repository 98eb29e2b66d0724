/*
 * A worker is killed at each single step, and another continues. Prints a table of what the row
 * became.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStepStage } from '../../crash/steps/step-stage.ts';
import { faultsOfPlay, type PlayedStep, playSteps, tableOf } from '../../crash/steps/step-table.ts';
import { quickSteps } from '../../crash/steps/steps.ts';

const stage = await openStepStage();
after(() => stage.close());
let playing: Promise<PlayedStep[]> | undefined;
const play = (): Promise<PlayedStep[]> => {
  playing ??= playSteps(stage, quickSteps, 'SIGKILL');
  return playing;
};

for (const step of quickSteps) {
  test(`a worker killed ${step.name}: the row ends ${step.outcome}, is charged at most once, and no other row suffers`, async () => {
    const played = (await play()).find((one) => one.step === step);
    assert.ok(played !== undefined);
    assert.deepEqual(faultsOfPlay(played), []);
  });
}

test('every step was reached, no play failed, and the printed table has a good line for each', async () => {
  const played = await play();
  const table = tableOf(played);
  process.stdout.write(`\n${table}\n`);
  assert.deepEqual(
    played.flatMap(({ step, end }) => (end instanceof Error ? [`${step.name}: ${end.message}`] : [])),
    [],
  );
  assert.deepEqual(
    played.map(({ step }) => step.name),
    quickSteps.map(({ name }) => name),
  );
  const lines = table.split('\n').filter((line) => line.endsWith('| ok |'));
  assert.deepEqual(
    lines.map((line) => line.split(' | ')[0]),
    quickSteps.map(({ name }) => `| ${name}`),
  );
  assert.ok(quickSteps.length >= 19, `${quickSteps.length} steps`);
});
