/*
 * What operators decided about a batch: plans of later passes, resolutions and purges, in one
 * sequence. Each decision is an immutable file with a number, from 1 without gaps.
 *
 * A decision is based on the number of the last decision that its author had seen. It is committed
 * by creating the file with the next number exclusively. Of several authors who have seen the same
 * decisions, one commits. The others learn what was decided meanwhile, look again, and decide
 * again. So no decision rests on a state that another decision has changed: a redrive does not send
 * a row that was resolved while its operator thought about it, and a purge does not destroy card
 * data that a new plan needs.
 *
 * For this to hold, an author reads the decisions once, before anything else, and never again
 * before the commit.
 *
 * Decisions carry a MAC: a plan or a resolution that was edited by hand could have rows sent again.
 */
import { z } from 'zod';
import { definedOf } from '../domain/defined.ts';
import { authenticate, verify } from './authenticated.ts';
import { decisionKey, decisionsFolder } from './layout.ts';
import { type PassPlan, passPlanSchema } from './pass-plan.ts';
import { type ResolutionRecord, resolutionBodySchema } from './resolutions.ts';
import type { Storage } from './storage.ts';
import { parseJson, StoredFileError } from './stored-json.ts';

const author = {
  /** Recognizes one's own decision if the answer to its commit was lost. */
  id: z.string(),
  at: z.iso.datetime(),
  /** `user@host`. */
  who: z.string(),
  /** The operator's own words, scrubbed. */
  reason: z.string().exactOptional(),
};
const position = {
  version: z.literal(1),
  number: z.int().positive(),
  /** The number of the last decision that the author had seen; 0 if there was none. */
  basedOn: z.int().nonnegative(),
};

const bodies = {
  /** A later pass: which rows it sends. */
  plan: { kind: z.literal('plan'), plan: passPlanSchema },
  /** What a person found out about sends with an unknown outcome. */
  resolutions: { kind: z.literal('resolutions'), ...resolutionBodySchema.shape },
  /** The batch's card data is to be destroyed. Nothing is destroyed before this decision. */
  purge: {
    kind: z.literal('purge'),
    /** Encrypted files that the operator was shown. */
    files: z.int().nonnegative(),
    /** Rows that can be sent again only from the merchant's file. */
    rowsLeft: z.int().nonnegative(),
  },
};

const decisionSchema = z.discriminatedUnion('kind', [
  z.object({ ...position, ...author, ...bodies.plan }),
  z.object({ ...position, ...author, ...bodies.resolutions }),
  z.object({ ...position, ...author, ...bodies.purge }),
]);
const draftSchema = z.discriminatedUnion('kind', [
  z.object({ ...author, ...bodies.plan }),
  z.object({ ...author, ...bodies.resolutions }),
  z.object({ ...author, ...bodies.purge }),
]);

/** A decision as stored. */
export type Decision = z.infer<typeof decisionSchema>;
export type PurgeDecision = Extract<Decision, { kind: 'purge' }>;
/** A decision that has no number yet. */
export type DecisionDraft = z.infer<typeof draftSchema>;

/** The decisions about a batch at one moment. */
export interface BatchDecisions {
  /** The number of the last decision; 0 if there is none. The base of the next one. */
  readonly last: number;
  readonly all: readonly Decision[];
  /** The plans of the passes 2, 3, …, in order. */
  readonly plans: readonly PassPlan[];
  readonly resolutions: readonly ResolutionRecord[];
  readonly purges: readonly PurgeDecision[];
}

/** A decision is missing or unreadable. It decides about money, so none of them is used. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

/** What became of an attempt to decide. */
export type Attempt =
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** Others decided first, and nothing was changed. Never empty. */
  | { readonly kind: 'overtaken'; readonly meanwhile: readonly Decision[] };

/**
 * Commits a decision that is based on decision number `basedOn`. Durable if it is `decided`. Throws
 * DecisionError if a decision made meanwhile is damaged.
 */
export async function decide(
  storage: Storage,
  batchId: string,
  basedOn: number,
  draft: DecisionDraft,
): Promise<Attempt> {
  const number = basedOn + 1;
  const decision = decisionSchema.parse({ version: 1, number, basedOn, ...draft });
  const key = decisionKey(batchId, number);
  const content = await authenticate(storage, key, `${JSON.stringify(decision)}\n`);
  if (await storage.files.createExclusive(key, content)) {
    return { kind: 'decided', decision };
  }
  const { all } = await readDecisions(storage, batchId);
  const meanwhile = all.slice(basedOn);
  const isMine = meanwhile[0]?.id === draft.id;
  return isMine ? { kind: 'decided', decision } : { kind: 'overtaken', meanwhile };
}

/** All decisions about a batch, in order. Throws DecisionError if one is missing or damaged. */
export async function readDecisions(storage: Storage, batchId: string): Promise<BatchDecisions> {
  const names = await storage.files.list(decisionsFolder(batchId));
  const last = Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  const all: Decision[] = [];
  const plans: PassPlan[] = [];
  for (let number = 1; number <= last; number += 1) {
    const key = decisionKey(batchId, number);
    const content = await storage.files.read(key);
    const text = content === undefined ? undefined : await verify(storage, key, content).catch(altered);
    const parsed = decisionSchema.safeParse(parseJson(text));
    const decision = parsed.data?.number === number ? parsed.data : undefined;
    const isNext = decision?.kind !== 'plan' || decision.plan.pass === plans.length + 2;
    if (decision?.basedOn !== number - 1 || !isNext) {
      throw new DecisionError(
        `Decision ${number} about the batch is ${content === undefined ? 'missing' : 'damaged'}: ${storage.files.locate(key)}`,
      );
    }
    all.push(decision);
    if (decision.kind === 'plan') plans.push(planOf(decision));
  }
  return {
    last,
    all,
    plans,
    resolutions: all.filter((decision) => decision.kind === 'resolutions'),
    purges: all.filter((decision) => decision.kind === 'purge'),
  };
}

function altered(error: unknown): never {
  throw error instanceof StoredFileError ? new DecisionError(error.message) : error;
}

/** The plan of a decision, with its author, time and reason. */
export function planOf({ plan, at, who, reason }: Extract<Decision, { kind: 'plan' }>): PassPlan {
  return { ...plan, createdAt: at, createdBy: who, ...definedOf({ reason }) };
}

/** The latest pass of the batch: the last one with a plan, or 1. Throws DecisionError. */
export async function findLatestPass(storage: Storage, batchId: string): Promise<number> {
  return (await readDecisions(storage, batchId)).plans.length + 1;
}
