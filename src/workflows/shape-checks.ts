/*
 * Workflows receive what anyone sends by hand. A wrong input fails the workflow at once, a wrong
 * update is refused, and a wrong signal is ignored: none of them may break a workflow task, which
 * Temporal would repeat for ever.
 */
import { ApplicationFailure, log } from '@temporalio/workflow';
import { invalidInputFailure } from '../contract/failure-types.ts';
import { faultIn, type Shape } from '../contract/shapes.ts';
import { refuseIf } from './refuse-if.ts';

/** Fails the workflow if its input is not of this shape. */
export function requireInput(shape: Shape, input: unknown): void {
  const fault = faultIn(shape, input);
  if (fault === undefined) return;
  throw ApplicationFailure.create({
    type: invalidInputFailure,
    message: `Cannot run the workflow: its input is wrong: ${fault}. Start batches with \`cardlift start\``,
    nonRetryable: true,
  });
}

/** Refuses an update, in its validator, whose input is not of this shape. */
export function refuseMalformed(name: string, shape: Shape, input: unknown): void {
  const fault = faultIn(shape, input);
  refuseIf(fault !== undefined, `Cannot ${name}: the input of the update is wrong: ${fault}`);
}

/** A handler that takes the signals of a shape. It writes a log line about any other. */
export function takeIf<Message>(
  signal: string,
  isMessage: (value: unknown) => value is Message,
  take: (message: Message) => void,
): (given: unknown) => void {
  return (given) => {
    if (isMessage(given)) take(given);
    else log.warn('A malformed signal was ignored', { batch: { signal } });
  };
}
