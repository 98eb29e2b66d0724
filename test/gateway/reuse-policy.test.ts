import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReusePolicy } from '../../src/gateway/reuse-policy.ts';

/** A policy that has seen a hundred requests in the last second. */
function createBusyPolicy(nowMs = 10_000): ReusePolicy {
  const policy = new ReusePolicy();
  for (let index = 0; index < 100; index += 1) policy.requested(nowMs - 1_000 + index * 10);
  return policy;
}

const nowMs = 10_000;

test('at first nothing is known about a server: no connection is reused, and a few stay open for observation', () => {
  const policy = createBusyPolicy();
  assert.equal(policy.mayReuse(0, undefined, nowMs), false);
  assert.equal(policy.mayKeep(0, undefined), true);
  assert.equal(policy.mayKeep(1_000, undefined), false);
});

test('a connection that stayed open for a second lets others be reused for half of that', () => {
  const policy = createBusyPolicy();
  policy.stayedOpen();
  assert.equal(policy.mayReuse(499, undefined, nowMs), true);
  assert.equal(policy.mayReuse(501, undefined, nowMs), false);
  assert.equal(policy.mayKeep(1_000, undefined), true);
});

test('a stated time-out is trusted at once, less a second, and never beyond a second', () => {
  const policy = createBusyPolicy();
  assert.equal(policy.mayReuse(900, 5_000, nowMs), true);
  assert.equal(policy.mayReuse(1_001, 5_000, nowMs), false);
  assert.equal(policy.mayReuse(0, 1_000, nowMs), false);
  assert.equal(policy.mayReuse(400, 1_500, nowMs), true);
  assert.equal(policy.mayReuse(600, 1_500, nowMs), false);
});

test('after a server closed an idle connection, others are reused for half of that time', () => {
  const policy = createBusyPolicy();
  policy.stayedOpen();
  policy.closedByServer(400);
  assert.equal(policy.mayReuse(150, undefined, nowMs), true);
  assert.equal(policy.mayReuse(250, undefined, nowMs), false);
  assert.equal(policy.mayReuse(250, 5_000, nowMs), false);
});

for (const [what, happens] of [
  ['closes connections right after an answer', (policy: ReusePolicy) => policy.closedByServer(20)],
  ['lost a request on a reused connection', (policy: ReusePolicy) => policy.cannotBeTrusted()],
] as const) {
  test(`a server that ${what} gets a new connection for each request from then on`, () => {
    const policy = createBusyPolicy();
    policy.stayedOpen();
    happens(policy);
    assert.equal(policy.mayReuse(0, 5_000, nowMs), false);
    assert.equal(policy.mayKeep(0, 5_000), false);
  });
}

test('at a slow rate each request has its own connection', () => {
  const policy = new ReusePolicy();
  for (let second = 0; second < 10; second += 0.1) policy.requested(second * 1_000);
  policy.stayedOpen();
  assert.equal(policy.mayReuse(0, 5_000, nowMs), false);
});
