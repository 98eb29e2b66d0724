/* The reasons to hold a batch that the sending of one row can give. */
import type { HoldReason } from '../contract/hold.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Exchange } from '../domain/exchange.ts';
import type { AnswerWatch } from '../domain/hold-rules.ts';
import type { AnswerKind } from '../domain/verdict.ts';
import { TurnBlockError } from '../pace/turn-block.ts';

/** What an answer means for the batch: the reason to hold, or undefined. */
export function holdOfAnswer(
  watch: AnswerWatch,
  sequence: number,
  kind: AnswerKind,
  answer: RowAnswer,
  isLive: boolean,
): HoldReason | undefined {
  if (answer.isLive !== undefined && answer.isLive !== isLive) {
    return watch.stop({
      code: 'is_live_disagrees',
      text: answer.isLive
        ? 'The gateway answered with a live payment, and the batch was started without --live'
        : 'The gateway answered with a test payment, and the batch was started with --live',
      count: 1,
    });
  }
  return watch.answered(sequence, kind);
}

/** The storage failed: `what` says at which step, the error's code why. */
export function storageFailed(what: string, error: unknown): HoldReason {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  const cause = error instanceof TurnBlockError ? `: ${error.message}` : code;
  return { code: 'storage_failed', text: `${what}${cause}`, count: 1 };
}

/** The gateway turned the request away for our set-up's sake, as it would every other. */
export function setUpWrong(status: number, exchange: Exchange): HoldReason {
  const said = exchange.kind === 'answered' ? exchange.answer?.gatewayMessage : undefined;
  const hint =
    status === 401 || status === 403
      ? 'check PAYMENT_OPTIONS_AUTHORIZATION and PAYMENT_OPTIONS_X_API_KEY of the worker'
      : 'check PAYMENT_OPTIONS_BASE_URL of the worker';
  return {
    code: 'set_up_wrong',
    text: `The gateway answered HTTP ${status}${said === undefined ? '' : ` (${said})`}: ${hint}`,
    count: 1,
  };
}
