/* The reasons to hold a batch that the sending of one row can give. */
import type { HoldReason } from '../contract/hold.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import type { Exchange } from '../domain/exchange.ts';
import type { HoldMonitor } from '../domain/hold-rules.ts';
import type { FinalVerdict } from '../domain/row-verdict.ts';
import type { SetUpFault } from '../domain/verdict.ts';
import { SlotBatchError } from '../rate-limit/slots/slot-batch.ts';

/** What an answer means for the batch: the reason to hold, or undefined. */
export function holdOfAnswer(
  monitor: HoldMonitor,
  sequence: number,
  { counts, holds }: Pick<FinalVerdict, 'counts' | 'holds'>,
  answer: RowAnswer,
  isLive: boolean,
): HoldReason | undefined {
  if (answer.isLive !== undefined && answer.isLive !== isLive) {
    return monitor.stop({
      code: 'is_live_disagrees',
      text: answer.isLive
        ? 'The gateway answered with a live payment, and the batch was started without --live'
        : 'The gateway answered with a test payment, and the batch was started with --live',
      count: 1,
    });
  }
  const counted = monitor.answered(sequence, counts);
  switch (holds) {
    case undefined:
      return counted;
    case 'answers_mixed_up':
      return monitor.stop({
        code: holds,
        text: `The gateway answered ${answer.merchantTxnRef} with the answer to another request: rows may have got each other's tokens`,
        count: 1,
      });
    case 'amount_disagrees':
      return monitor.stop({
        code: holds,
        text: `${answer.remark ?? 'The gateway reports another charge than was requested'} (merchant_txn_ref ${answer.merchantTxnRef})`,
        count: 1,
      });
  }
}

/** The storage failed: `what` says at which step, the error's code why. */
export function storageFailed(what: string, error: unknown): HoldReason {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  const cause = error instanceof SlotBatchError ? `: ${error.message}` : code;
  return { code: 'storage_failed', text: `${what}${cause}`, count: 1 };
}

/** The gateway cannot be used as it is set up here: every other row would meet the same. */
export function setUpWrong(fault: SetUpFault, exchange: Exchange): HoldReason {
  return { code: 'set_up_wrong', text: describeFault(fault, exchange), count: 1 };
}

function describeFault(fault: SetUpFault, exchange: Exchange): string {
  if (fault.kind === 'tls') {
    return `The gateway's certificate or TLS protocol is refused (${fault.code}), and nothing was sent: check PAYMENT_OPTIONS_BASE_URL, the clock, and NODE_EXTRA_CA_CERTS of the worker`;
  }
  const { status } = fault;
  const said = exchange.kind === 'answered' ? exchange.answer?.gatewayMessage : undefined;
  const hint =
    status === 401 || status === 403
      ? 'check PAYMENT_OPTIONS_AUTHORIZATION and PAYMENT_OPTIONS_X_API_KEY of the worker'
      : 'check PAYMENT_OPTIONS_BASE_URL of the worker';
  return `The gateway answered HTTP ${status}${said === undefined ? '' : ` (${said})`}: ${hint}`;
}
