import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeHold } from '../../../src/cli/output/hold-text.ts';
import { holdCodes } from '../../../src/contract/hold.ts';
import { adviceOf } from '../../../src/domain/hold-advice.ts';
import { readPrintedCommands } from '../../support/printed-commands.ts';

const batchId = 'cardlift/shop/march';
const runAgain = 'cardlift run /files/march.csv --merchant-id shop';

for (const code of holdCodes) {
  for (const hasWorker of [true, false]) {
    test(`a hold for ${code} prints what to do first and only commands that work ${hasWorker ? 'with' : 'without'} a worker that stays`, () => {
      const hold = { code, text: 'Why it holds', count: 3 };
      const text = describeHold({ batchId, hold, runAgain, hasWorker });
      const { goOn, first } = adviceOf(code);
      assert.ok(text.includes(`${first}.`));
      const ways = [...(goOn === 'never' ? [] : [goOn]), 'cancel'];
      const expected = ways.flatMap((control) =>
        // Nothing is staged, so the batch ends in the storage alone.
        code === 'staging_failed' && control === 'cancel'
          ? [`cardlift cancel ${batchId}`]
          : [`${runAgain} --${control}`, ...(hasWorker ? [`cardlift ${control} ${batchId}`] : [])],
      );
      assert.deepEqual(readPrintedCommands(text), expected);
    });
  }
}
