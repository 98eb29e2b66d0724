/* Decisions that a test makes without an operator. */
import { randomUUID } from 'node:crypto';
import { type DecisionDraft, decide, readDecisions } from '../../src/storage/decisions.ts';
import type { PassPlan } from '../../src/storage/pass-plan.ts';
import type { ResolutionRecord } from '../../src/storage/resolutions.ts';
import type { Storage } from '../../src/storage/storage.ts';

/** Makes the decision as the next one. Throws if others decide at the same time. */
export async function decideNext(storage: Storage, batchId: string, draft: DecisionDraft): Promise<number> {
  const { last } = await readDecisions(storage, batchId);
  const attempt = await decide(storage, batchId, last, draft);
  if (attempt.kind !== 'decided') throw new Error('Another decision was made at the same time');
  return attempt.decision.number;
}

/** Decides the plan of a pass, unless the pass has one. */
export async function createPassPlan(storage: Storage, batchId: string, plan: PassPlan): Promise<boolean> {
  const { plans } = await readDecisions(storage, batchId);
  if (plans.length >= plan.pass - 1) return false;
  const { createdAt: at, createdBy: who, reason: _, ...body } = plan;
  await decideNext(storage, batchId, { kind: 'plan', id: randomUUID(), at, who, plan: body });
  return true;
}

/** The plan of a pass. */
export async function readPassPlan(storage: Storage, batchId: string, pass: number): Promise<PassPlan> {
  const plan = (await readDecisions(storage, batchId)).plans[pass - 2];
  if (plan === undefined) throw new Error(`Pass ${pass} has no plan`);
  return plan;
}

/** Decides resolutions. */
export async function createResolutionRecord(
  storage: Storage,
  batchId: string,
  record: ResolutionRecord,
): Promise<void> {
  await decideNext(storage, batchId, { kind: 'resolutions', ...record });
}

/** Decides a purge, and carries nothing out. Returns its number. */
export const decidePurge = (storage: Storage, batchId: string, who = 'operator@host'): Promise<number> =>
  decideNext(storage, batchId, {
    kind: 'purge',
    id: randomUUID(),
    at: '2026-02-01T00:00:00.000Z',
    who,
    files: 1,
    rowsLeft: 0,
  });
