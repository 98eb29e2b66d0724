/*
 * The details of one row: every send that the storage knows, and the row's outcome. Contains no
 * card number.
 */
import { definedOf } from '../domain/defined.ts';
import { errorCodeEntry, type RowErrorCode, rowErrorCodes } from '../domain/error-codes.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { merchantTxnRefOf } from '../domain/txn-ref.ts';
import type { Intent } from '../storage/storage.ts';
import type { PassLine } from './merge-row.ts';
import type { OutcomeLine } from './outcome-line.ts';
import { type PartialRow, partialRowOf } from './partial-rows.ts';
import { type PassIntent, type StoredRow, unconsolidatedIntentsOf } from './stored-rows.ts';

/** One send: its intent, and the result that the owner wrote. */
export interface SendDetails {
  readonly pass: number;
  readonly intent: number;
  readonly merchant_txn_ref: string;
  /** Absent if it is no longer known. */
  readonly created_at?: string;
  /** Host and process; known while the intent exists. */
  readonly owner?: string;
  /** `open`: no result is written. */
  readonly result: 'answered' | 'not_processed' | 'open';
  /** Of an open intent: after this time the owner has written the result or never will. */
  readonly deadline?: string;
  /** Why a send was not processed. */
  readonly cause?: string;
  readonly answered_at?: string;
  readonly outcome?: string;
  readonly error_code?: string;
  readonly http_status?: number;
  readonly gateway_code?: string;
  readonly response_code?: number;
  readonly transaction_id?: string;
}

export interface RowDetails {
  readonly row: number;
  readonly merchant_ref: string;
  readonly state: PartialRow['state'];
  readonly outcome?: string;
  readonly stored_payment_method_id?: string;
  readonly error_code?: string;
  /** The sentence of the error code. */
  readonly error_text?: string;
  /** The gateway's own words. */
  readonly message?: string;
  readonly next_step?: string;
  readonly remark?: string;
  /** Masked. */
  readonly card: string;
  readonly scheme: string;
  readonly amount: string;
  readonly currency: string;
  /** Number of payments that the gateway reported for the row. */
  readonly charges: number;
  /** How often the row was sent, over all passes; `sends` may list fewer. */
  readonly send_count: number;
  readonly sends: readonly SendDetails[];
}

/**
 * Describes a row. `tag`: the batch's tag. `staged` is needed only if no shard with the row is
 * closed.
 */
export function describeRow(
  tag: string,
  known: StoredRow | undefined,
  staged: StagedRow | undefined,
): RowDetails {
  const { state, line } = partialRowOf(known, staged);
  const ended: Partial<OutcomeLine> = state === 'ended' ? line : {};
  const { errorCode } = ended;
  const entry = errorCode !== undefined && isKnownCode(errorCode) ? errorCodeEntry(errorCode) : undefined;
  return {
    row: line.row,
    merchant_ref: line.merchantRef,
    state,
    ...definedOf({
      outcome: ended.outcome,
      stored_payment_method_id: ended.storedPaymentMethodId,
      error_code: errorCode,
      error_text: entry?.text,
      message: ended.message,
      next_step: entry?.nextStep,
      remark: ended.remark,
    }),
    card: line.card,
    scheme: line.scheme,
    amount: line.amount,
    currency: line.currency,
    charges: known?.merged?.charges.length ?? (ended.isCharged === true ? 1 : 0),
    send_count: line.sends,
    sends: known === undefined ? [] : sendsOfRow(tag, known),
  };
}

function sendsOfRow(tag: string, known: StoredRow): SendDetails[] {
  const fresh = unconsolidatedIntentsOf(known);
  return [
    ...known.lines.flatMap((passLine) => sendsOfLine(tag, passLine, known.intents)),
    ...fresh.map(({ pass, intent }) => sendOfIntent(pass, intent)),
  ];
}

function sendsOfLine(tag: string, { pass, line }: PassLine, intents: readonly PassIntent[]): SendDetails[] {
  const refOf = (intent: number): string => merchantTxnRefOf(tag, pass, line.row, intent);
  const refused = (line.notProcessed ?? []).map(
    ({ intent, at, cause }): SendDetails => ({
      pass,
      intent,
      merchant_txn_ref: refOf(intent),
      created_at: at,
      result: 'not_processed',
      cause,
    }),
  );
  const isLastRefused = refused.at(-1)?.intent === line.sends;
  if (line.sends === 0 || isLastRefused) return refused;
  // An intent that was open when the shard was closed is kept, and has more details than the line.
  const left = intents.findLast((one) => one.pass === pass && one.intent.head.intent === line.sends)?.intent;
  if (left !== undefined) return [...refused, sendOfIntent(pass, left)];
  return [
    ...refused,
    {
      pass,
      intent: line.sends,
      merchant_txn_ref: line.merchantTxnRef ?? refOf(line.sends),
      ...definedOf({ created_at: line.sentAt }),
      result: line.completedAt === undefined ? 'open' : 'answered',
      ...answerOf(line),
    },
  ];
}

function sendOfIntent(pass: number, { head, result }: Intent): SendDetails {
  const base = {
    pass,
    intent: head.intent,
    merchant_txn_ref: head.merchantTxnRef,
    created_at: new Date(head.createdAtMs).toISOString(),
    owner: head.owner,
  };
  if (result === undefined)
    return { ...base, result: 'open', deadline: new Date(head.deadlineMs).toISOString() };
  return result.kind === 'not_processed'
    ? { ...base, result: 'not_processed', cause: result.cause }
    : { ...base, result: 'answered', ...answerOf(result.answer) };
}

type Answer = Pick<
  OutcomeLine,
  'outcome' | 'errorCode' | 'completedAt' | 'httpStatus' | 'gatewayCode' | 'responseCode' | 'transactionId'
>;

function answerOf(answer: Answer) {
  return {
    ...definedOf({ answered_at: answer.completedAt }),
    outcome: answer.outcome,
    ...definedOf({
      error_code: answer.errorCode,
      http_status: answer.httpStatus,
      gateway_code: answer.gatewayCode,
      response_code: answer.responseCode,
      transaction_id: answer.transactionId,
    }),
  };
}

function isKnownCode(code: string): code is RowErrorCode {
  return Object.hasOwn(rowErrorCodes, code);
}
