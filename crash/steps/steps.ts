/*
 * The steps at which a crash is played. Each is a place in the calls that the activities make to
 * their dependencies. The test's worker wraps these to die there; the product has no such switch.
 */
import type { RowOutcome } from '../../src/contract/outcome.ts';

/** A place in a call: before it, in the middle (half is written), or after it. */
export type Place =
  | { readonly on: 'intent' | 'end'; readonly when: 'before' | 'half' | 'after' }
  | { readonly on: 'request'; readonly when: 'before' | 'half' | 'after' }
  | { readonly on: 'permit'; readonly when: 'after' }
  | { readonly on: 'release' | 'seal'; readonly when: 'before' | 'after' }
  | { readonly on: 'removal'; readonly when: 'before' | 'half' | 'after' }
  | { readonly on: 'file'; readonly key: string; readonly when: 'before' | 'half' | 'after' };

export interface Step {
  readonly name: string;
  readonly at: Place | 'reported';
  /** What the row must become when the process is killed there. */
  readonly outcome: Extract<RowOutcome, 'tokenized' | 'unknown'>;
  /** How many requests for the row reach the gateway, over both processes. */
  readonly requests: 0 | 1;
}

/**
 * How many requests for the row reach the gateway if the process is stopped at the step and
 * continues after the batch has ended. A process cannot notice a stop between its last look at the
 * clock and the request: it sends, and the row stays unknown.
 */
export const requestsWhenStopped = ({ at, requests }: Step): 0 | 1 =>
  at !== 'reported' && at.on === 'request' && at.when === 'before' ? 1 : requests;

const open = (name: string, at: Place, requests: 0 | 1): Step => ({
  name,
  at,
  outcome: 'unknown',
  requests,
});
const kept = (name: string, at: Step['at']): Step => ({ name, at, outcome: 'tokenized', requests: 1 });

/** The send protocol, step by step. */
export const sendSteps: readonly Step[] = [
  kept('after the rate let it through', { on: 'permit', when: 'after' }),
  kept('before the intent', { on: 'intent', when: 'before' }),
  open('while the intent is written', { on: 'intent', when: 'half' }, 0),
  open('after the intent', { on: 'intent', when: 'after' }, 0),
  open('before sending', { on: 'request', when: 'before' }, 0),
  open('after sending', { on: 'request', when: 'half' }, 1),
  open('after the answer', { on: 'request', when: 'after' }, 1),
  open('before the end', { on: 'end', when: 'before' }, 1),
  open('while the end is written', { on: 'end', when: 'half' }, 1),
  kept('after the end', { on: 'end', when: 'after' }),
  kept('before returning', { on: 'release', when: 'after' }),
];

const fileSteps = (what: string, key: string): Step[] => [
  kept(`before ${what}`, { on: 'file', key, when: 'before' }),
  kept(`while ${what} is written`, { on: 'file', key, when: 'half' }),
  kept(`after ${what}`, { on: 'file', key, when: 'after' }),
];

/** Staging, the closing of a shard, and publication. */
export const batchSteps: readonly Step[] = [
  ...fileSteps('the staged shard', 'shard-1.enc'),
  ...fileSteps('the digests of the staged shards', 'digests'),
  ...fileSteps('the summary of staging', 'summary.json'),
  ...fileSteps('the commit of the fingerprints', 'fingerprints.json'),
  ...fileSteps('the decision to send', 'decision.json'),
  kept('before the seal', { on: 'seal', when: 'before' }),
  kept('after the seal', { on: 'seal', when: 'after' }),
  ...fileSteps('the outcome file', 'outcomes.1.jsonl'),
  kept('before the intents are removed', { on: 'removal', when: 'before' }),
  kept('while the intents are removed', { on: 'removal', when: 'half' }),
  kept('after the intents are removed', { on: 'removal', when: 'after' }),
  ...fileSteps('results.csv', 'results.csv'),
  ...fileSteps('charges.csv', 'charges.csv'),
  ...fileSteps('the manifest', 'manifest.json'),
];

/** Once Temporal has the row's result: the process is killed from outside. */
export const returnedStep: Step = kept('after returning', 'reported');

export const allSteps: readonly Step[] = [...sendSteps, returnedStep, ...batchSteps];

/** The steps of every test run: all of sending, and of the others those that leave half a file. */
export const quickSteps: readonly Step[] = allSteps.filter(
  (step) =>
    step.at === 'reported' ||
    sendSteps.includes(step) ||
    (step.at.on === 'seal' && step.at.when === 'after') ||
    (step.at.when === 'half' && !(step.at.on === 'file' && step.at.key === 'charges.csv')),
);
