/*
 * What the workflow of a shard uses of '@temporalio/workflow', for the simulation: cancellation
 * scopes, conditions, activities and signals. workflow-host.ts loads the real workflow with it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ActivityFailure, CancelledFailure, type RetryState } from '@temporalio/common';

export { ActivityFailure, ApplicationFailure } from '@temporalio/common';

/** One run of a workflow. */
export interface WorkflowContext {
  readonly root: CancellationScope;
  /** False once the run was terminated: nothing of it goes on. */
  isRunning: boolean;
  readonly handlers: Map<string, (input: unknown) => void>;
  runActivity(name: string, input: object, scope: CancellationScope): Promise<unknown>;
  signalParent(message: unknown): Promise<void>;
}

interface PendingCondition {
  readonly context: WorkflowContext;
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

const contexts = new AsyncLocalStorage<WorkflowContext>();
const scopes = new AsyncLocalStorage<CancellationScope>();
const pending = new Set<PendingCondition>();

function currentContext(): WorkflowContext {
  const context = contexts.getStore();
  if (context === undefined) throw new Error('Not in a workflow');
  return context;
}

export function runInWorkflow<Result>(context: WorkflowContext, act: () => Promise<Result>): Promise<Result> {
  return contexts.run(context, () => scopes.run(context.root, act));
}

/** Resolves the conditions that are met. True if there were any: other code may go on now. */
export function settleConditions(): boolean {
  let isAny = false;
  for (const condition of pending) {
    if (!condition.context.isRunning) pending.delete(condition);
    else if (contexts.run(condition.context, condition.isMet)) {
      pending.delete(condition);
      condition.resolve();
      isAny = true;
    }
  }
  return isAny;
}

export class CancellationScope {
  readonly #isCancellable: boolean;
  #isRequested = false;
  readonly #onRequest = new Set<(error: CancelledFailure) => void>();

  constructor(
    { cancellable = true, parent = scopes.getStore() ?? null } = {} as {
      cancellable?: boolean;
      parent?: CancellationScope | null;
    },
  ) {
    this.#isCancellable = cancellable;
    if (cancellable) parent?.onCancel(() => this.cancel());
  }

  static current(): CancellationScope {
    return scopes.getStore() ?? currentContext().root;
  }

  static nonCancellable<Result>(act: () => Promise<Result>): Promise<Result> {
    return new CancellationScope({ cancellable: false }).run(act);
  }

  get consideredCancelled(): boolean {
    return this.#isRequested && this.#isCancellable;
  }

  run<Result>(act: () => Promise<Result>): Promise<Result> {
    return scopes.run(this, act);
  }

  cancel(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    for (const act of [...this.#onRequest]) act(new CancelledFailure('Cancelled'));
  }

  /** Calls `act` when the scope is cancelled, at once if it is. Returns a function that forgets it. */
  onCancel(act: (error: CancelledFailure) => void): () => void {
    if (this.#isRequested) act(new CancelledFailure('Cancelled'));
    this.#onRequest.add(act);
    return () => this.#onRequest.delete(act);
  }
}

export function condition(isMet: () => boolean): Promise<void> {
  const context = currentContext();
  const scope = CancellationScope.current();
  return new Promise((resolve, reject) => {
    const waiting: PendingCondition = {
      ...{ context, isMet },
      resolve: () => {
        forget();
        resolve();
      },
    };
    const forget = scope.onCancel((error) => {
      pending.delete(waiting);
      reject(error);
    });
    if (!scope.consideredCancelled) pending.add(waiting);
  });
}

export function isCancellation(error: unknown): boolean {
  return (
    error instanceof CancelledFailure || (error instanceof ActivityFailure && isCancellation(error.cause))
  );
}

type Activity = ((input: object) => Promise<unknown>) & {
  executeWithOptions(options: object, input: readonly [object]): Promise<unknown>;
};

export function proxyActivities(): Readonly<Record<string, Activity>> {
  return new Proxy<Record<string, Activity>>(
    {},
    {
      get(_, name): Activity {
        const run = (input: object): Promise<unknown> =>
          currentContext().runActivity(String(name), input, CancellationScope.current());
        return Object.assign(run, {
          executeWithOptions: (_: object, [input]: readonly [object]) => run(input),
        });
      },
    },
  );
}

/** The failure that a workflow sees. */
export function activityFailure(name: string, cause: Error, state: RetryState): ActivityFailure {
  return new ActivityFailure('Activity failed', name, '1', state, undefined, cause);
}

export const ActivityCancellationType = { WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED' };
const define = (name: string): { readonly name: string } => ({ name });
export const [defineQuery, defineSignal, defineUpdate] = [define, define, define];

export function setHandler({ name }: { readonly name: string }, handle: (input: unknown) => void): void {
  currentContext().handlers.set(name, handle);
}

export const workflowInfo = () => ({ parent: { workflowId: 'the batch' } });

export function getExternalWorkflowHandle() {
  const context = currentContext();
  return { signal: (_: unknown, message: unknown) => context.signalParent(message) };
}

export const log = { warn: () => undefined };
