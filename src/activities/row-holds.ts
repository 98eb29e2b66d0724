/* Why sending one row can put its batch on hold. */
import type { HoldReason } from '../contract/hold.ts';
import type { RowAnswer } from '../contract/row-answer.ts';
import type { HoldMonitor } from '../domain/hold-monitor.ts';
import type { FinalVerdict, SetUpFault } from '../domain/verdict.ts';
import type { Exchange } from '../gateway/exchange.ts';
import type { GatewaySettingNames } from '../gateway/gateway.ts';
import { SlotBatchError } from '../rate-limit/slots/slot-batch.ts';
import type { StorageForgotError } from '../storage/storage.ts';

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
        ? 'The gateway made a live payment, but the batch was started without --live'
        : 'The gateway made a test payment, but the batch was started with --live',
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
        text: `The gateway answered ${answer.merchantTxnRef} with the answer to another request, so tokens may be swapped between rows`,
        count: 1,
      });
    case 'amount_disagrees':
      return monitor.stop({
        code: holds,
        text: `${answer.remark ?? 'The gateway reports a different charge than was requested'} (merchant_txn_ref ${answer.merchantTxnRef})`,
        count: 1,
      });
  }
}

/** The storage failed. `what`: at which step. */
export function storageFailed(what: string, error: unknown): HoldReason {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  const cause = error instanceof SlotBatchError ? `: ${error.message}` : code;
  return { code: 'storage_failed', text: `${what}${cause}`, count: 1 };
}

/** The storage lacks something that it held durably. */
export function storageForgot({ message }: StorageForgotError): HoldReason {
  return { code: 'storage_forgot', text: message, count: 1 };
}

/** A row's last intent cannot be trusted, so the row may have been sent. */
export function intentAltered(row: number): HoldReason {
  return {
    code: 'storage_failed',
    text: `The send intent of row ${row} was altered, or written with another key. Put the original file back. If you cancel the batch, the row becomes unknown`,
    count: 1,
  };
}

/** The gateway cannot be used as it is set up here: every other row would fail the same way. */
export function setUpWrong(fault: SetUpFault, exchange: Exchange, names: GatewaySettingNames): HoldReason {
  return { code: 'set_up_wrong', text: describeFault(fault, exchange, names), count: 1 };
}

function describeFault(
  fault: SetUpFault,
  exchange: Exchange,
  { baseUrl, keys }: GatewaySettingNames,
): string {
  if (fault.kind === 'tls') {
    return `TLS to the gateway failed (${fault.code}); nothing was sent. Check the worker's ${baseUrl}, clock and NODE_EXTRA_CA_CERTS`;
  }
  const { status } = fault;
  const said = exchange.kind === 'answered' ? exchange.answer?.gatewayMessage : undefined;
  const hint =
    status === 401 || status === 403
      ? `check the worker's ${keys.join(' and ')}`
      : `check the worker's ${baseUrl}`;
  return `The gateway answered HTTP ${status}${said === undefined ? '' : ` (${said})`}: ${hint}`;
}
