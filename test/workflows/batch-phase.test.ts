/*
 * Walks through every state that a batch's transitions lead to, and compares the ways between
 * phases with the table of batch-phase.ts: each way of the table exists, and there is no other.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HoldCode, HoldReason } from '../../src/contract/hold.ts';
import { batchPhases, type MigrateBatchInput } from '../../src/contract/workflows.ts';
import { approveControl, pauseControl, resumeControl } from '../../src/workflows/batch-controls.ts';
import { type BatchTransition, batchTransitions } from '../../src/workflows/batch-phase.ts';
import { BatchState } from '../../src/workflows/batch-state.ts';

const caller = { who: 'operator@host' };
const reasonOf = (code: HoldCode): HoldReason => ({ code, text: 'a reason', count: 1 });
const staged = { rows: 1_000, sendableRows: 1_000, shards: 2 };
const published = { rows: 1_000, counts: { tokenized: 1_000 }, location: 'results' };

/** Something that may happen to a batch, and the condition under which the workflow allows it. */
interface Step {
  readonly transition: BatchTransition;
  readonly isPossible: (state: BatchState) => boolean;
  readonly take: (state: BatchState) => void;
}

const isAllowed = (refuse: () => void): boolean => {
  try {
    refuse();
    return true;
  } catch {
    return false;
  }
};
const isOver = ({ phase }: BatchState): boolean => phase === 'finished' || phase === 'cancelled';
const isIn =
  (...phases: readonly BatchState['phase'][]) =>
  ({ phase }: BatchState): boolean =>
    phases.includes(phase);
/** Stages end by activities that `acrossHolds` runs: never while the batch holds. */
const isFree = ({ holdReason }: BatchState): boolean => holdReason === undefined;

function stepsFor(input: MigrateBatchInput): Step[] {
  const isSending = (state: BatchState): boolean => state.isStaged && !state.hasSentAll;
  return [
    {
      transition: 'staged',
      isPossible: (state) => !state.isStaged && isFree(state),
      take: (state) => state.staged(staged),
    },
    {
      transition: 'pause',
      isPossible: (state) => isAllowed(() => pauseControl.refuse(state, caller)),
      take: (state) => pauseControl.apply(state, caller),
    },
    {
      transition: 'hold',
      isPossible: (state) => !isOver(state),
      take: (state) => state.hold(reasonOf('storage_failed')),
    },
    {
      transition: 'hold',
      isPossible: (state) => isSending(state) && state.hasCanary && state.isAnyShardRunning,
      // Reported in its own hold generation: it only changes the counts, and the canary is
      // complete.
      take: (state) =>
        state.shardReported({
          shard: 1,
          holdGeneration: -1,
          kind: 'counts',
          counts: { tokenized: input.canaryRows ?? 0 },
        }),
    },
    {
      transition: 'resume',
      isPossible: (state) => isAllowed(() => resumeControl.refuse(state, caller)),
      take: (state) => resumeControl.apply(state, caller),
    },
    {
      transition: 'approve',
      isPossible: (state) => isAllowed(() => approveControl.refuse(state, caller)),
      take: (state) => approveControl.apply(state, caller),
    },
    ...[true, false].map(
      (isOpen): Step => ({
        transition: 'windowChecked',
        isPossible: (state) => isSending(state) && input.window !== undefined,
        take: (state) => state.windowChecked({ isOpen, changesAtMs: 1 }),
      }),
    ),
    {
      transition: 'beginClosing',
      // A cancellation. While the batch publishes as cancelled, and before a first pass is staged,
      // it leads elsewhere.
      isPossible: (state) => !isOver(state) && (state.isStaged || input.pass > 1),
      take: (state) => state.beginClosing(),
    },
    {
      transition: 'closed',
      isPossible: isIn('closing'),
      take: (state) => state.closed({ tokenized: 1_000 }),
    },
    {
      transition: 'beginPublishing',
      isPossible: isSending,
      take: (state) => state.beginPublishing(),
    },
    ...(['finished', 'cancelled'] as const).map(
      (as): Step => ({
        transition: 'published',
        isPossible: isIn('publishing'),
        take: (state) => state.published(published, as),
      }),
    ),
    {
      transition: 'cancelUnstaged',
      isPossible: (state) => !state.isStaged && input.pass === 1,
      take: (state) => state.cancelUnstaged(),
    },
  ];
}

const wayOf = (transition: string, from: string, to: string): string => `${transition}: ${from} → ${to}`;

/** Every transition that steps make from one phase to another, over all reachable states. */
function waysOf(input: MigrateBatchInput): Set<string> {
  const steps = stepsFor(input);
  const ways = new Set<string>();
  const seen = new Set<string>();
  const replay = (path: readonly Step[]): BatchState => {
    const state = new BatchState(input, 0);
    for (const { take } of path) {
      take(state);
      state.startNextShard();
    }
    return state;
  };
  const open: (readonly Step[])[] = [[]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const step of steps) {
      const before = replay(path);
      if (!step.isPossible(before)) continue;
      const after = replay([...path, step]);
      if (after.phase !== before.phase) ways.add(wayOf(step.transition, before.phase, after.phase));
      const { holdGeneration, ...carried } = after.carried();
      const { phase, window } = after.progress();
      const key = JSON.stringify([carried, phase, window, after.isStaged, after.hasSentAll]);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push([...path, step]);
    }
  }
  return ways;
}

const plain: MigrateBatchInput = {
  batchId: 'cardlift/merchant/batch',
  pass: 1,
  activityQueue: 'queue',
  gatewayTimeoutMs: 1_000,
  isLive: false,
  hasSearchAttributes: false,
  shardsPerRun: 100,
};
const window = { fromMinute: 0, toMinute: 60, timeZone: 'UTC' };
const inputs: readonly MigrateBatchInput[] = [plain, { ...plain, pass: 2 }].flatMap((input) =>
  [input, { ...input, canaryRows: 30 }].flatMap((some) => [some, { ...some, window }]),
);

test('transitions lead from each phase to exactly those in the table', () => {
  const found = new Set(inputs.flatMap((input) => [...waysOf(input)]));
  const listed = Object.entries<Partial<Record<string, readonly string[]>>>(batchTransitions).flatMap(
    ([transition, ways]) =>
      Object.entries(ways).flatMap(([from, tos = []]) => tos.map((to) => wayOf(transition, from, to))),
  );
  assert.deepEqual([...found].sort(), listed.sort());
});

test('every phase can be reached, and no transition leaves one that ends the batch', () => {
  const ways = Object.values(batchTransitions);
  const reached = new Set(['staging', ...ways.flatMap((some) => Object.values(some).flat())]);
  assert.deepEqual([...reached].sort(), [...batchPhases].sort());
  const left = new Set(ways.flatMap((some) => Object.keys(some)));
  assert.deepEqual([left.has('finished'), left.has('cancelled')], [false, false]);
});
