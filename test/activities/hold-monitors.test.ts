import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHoldMonitors } from '../../src/activities/hold-monitors.ts';
import type { HoldReason } from '../../src/contract/hold.ts';

const hold: HoldReason = { code: 'ambiguous_answers', text: 'old hold', count: 5 };
const row = { batchId: 'cardlift/merchant/batch', pass: 1 };

test('after a reset or a new start of the batch, a hold of the run before stops no row', () => {
  const monitors = createHoldMonitors();
  monitors({ ...row, run: 'aaaaaaaa', holdGeneration: 3 }).stop(hold);
  for (const holdGeneration of [0, 1, 2, 3, 4]) {
    assert.equal(monitors({ ...row, run: 'bbbbbbbb', holdGeneration }).hold, undefined);
  }
});

test('a hold stops the rows of its own run until the next generation, also those sent before it', () => {
  const monitors = createHoldMonitors();
  monitors({ ...row, run: 'aaaaaaaa', holdGeneration: 1 }).stop(hold);
  monitors({ ...row, run: 'bbbbbbbb' });
  for (const holdGeneration of [0, 1]) {
    assert.equal(monitors({ ...row, run: 'aaaaaaaa', holdGeneration }).hold, hold);
  }
  assert.equal(monitors({ ...row, run: 'aaaaaaaa', holdGeneration: 2 }).hold, undefined);
  assert.equal(monitors({ ...row, run: 'aaaaaaaa', holdGeneration: 1 }).hold, undefined);
});

test('another pass and another batch have monitors of their own', () => {
  const monitors = createHoldMonitors();
  monitors({ ...row, run: 'aaaaaaaa' }).stop(hold);
  assert.equal(monitors({ ...row, pass: 2, run: 'aaaaaaaa' }).hold, undefined);
  assert.equal(monitors({ ...row, batchId: 'cardlift/merchant/other', run: 'aaaaaaaa' }).hold, undefined);
});

test('the monitors of the last three runs of a pass are kept', () => {
  const monitors = createHoldMonitors();
  const first = monitors({ ...row, run: 'run-1' });
  monitors({ ...row, run: 'run-2' });
  monitors({ ...row, run: 'run-3' });
  assert.equal(monitors({ ...row, run: 'run-1' }), first);
  const second = monitors({ ...row, run: 'run-2' });
  monitors({ ...row, run: 'run-4' });
  monitors({ ...row, run: 'run-5' });
  assert.equal(monitors({ ...row, run: 'run-2' }), second);
  assert.notEqual(monitors({ ...row, run: 'run-1' }), first);
});
