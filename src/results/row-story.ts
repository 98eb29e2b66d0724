/* One row's story: every send that the storage tells of, and what became of the row. Holds no card number. */
import { errorCodeEntry, type RowErrorCode, rowErrorCodes } from '../domain/error-codes.ts';
import type { StagedRow } from '../domain/staged-row.ts';
import { merchantTxnRefOf } from '../domain/txn-ref.ts';
import type { Intent } from '../storage/storage.ts';
import { freshIntentsOf, type KnownRow, type PassIntent } from './known-rows.ts';
import type { PassLine } from './merge-passes.ts';
import type { OutcomeLine } from './outcome-line.ts';
import { type PartialRow, partialRowOf } from './partial-rows.ts';

/** One send: the intent that was made before it, and what its owner wrote into it. */
export interface SendStory {
  readonly pass: number;
  readonly intent: number;
  readonly merchant_txn_ref: string;
  /** Absent where it is no longer known. */
  readonly made_at?: string;
  /** Host and process; known while the intent is there. */
  readonly made_by?: string;
  /** `open`: no end is written. */
  readonly end: 'answered' | 'not_processed' | 'open';
  /** Of an open intent: by then its owner has written the result, or never will. */
  readonly deadline?: string;
  /** Of a send that was not processed. */
  readonly cause?: string;
  readonly answered_at?: string;
  readonly outcome?: string;
  readonly error_code?: string;
  readonly http_status?: number;
  readonly gateway_code?: string;
  readonly response_code?: number;
  readonly transaction_id?: string;
}

export interface RowStory {
  readonly row: number;
  readonly merchant_ref: string;
  readonly state: PartialRow['state'];
  readonly outcome?: string;
  readonly stored_payment_method_id?: string;
  readonly error_code?: string;
  /** The code's sentence. */
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
  /** How many payments the gateway said it made for the row. */
  readonly charges: number;
  /** How often it was sent, over all passes; `sends` may tell of fewer. */
  readonly send_count: number;
  readonly sends: readonly SendStory[];
}

/** Tells a row's story. `tag` is the batch's, `staged` may be missing where a closed shard tells of the row. */
export function reportRow(tag: string, known: KnownRow | undefined, staged: StagedRow | undefined): RowStory {
  const { state, line } = partialRowOf(known, staged);
  const ended: Partial<OutcomeLine> = state === 'ended' ? line : {};
  const { errorCode } = ended;
  const entry = errorCode !== undefined && isKnownCode(errorCode) ? errorCodeEntry(errorCode) : undefined;
  return {
    row: line.row,
    merchant_ref: line.merchantRef,
    state,
    ...some('outcome', ended.outcome),
    ...some('stored_payment_method_id', ended.storedPaymentMethodId),
    ...some('error_code', errorCode),
    ...some('error_text', entry?.text),
    ...some('message', ended.message),
    ...some('next_step', entry?.nextStep),
    ...some('remark', ended.remark),
    card: line.card,
    scheme: line.scheme,
    amount: line.amount,
    currency: line.currency,
    charges: known?.merged?.charges.length ?? (ended.isCharged === true ? 1 : 0),
    send_count: line.sends,
    sends: known === undefined ? [] : sendsOfRow(tag, known),
  };
}

function sendsOfRow(tag: string, known: KnownRow): SendStory[] {
  const fresh = freshIntentsOf(known);
  return [
    ...known.lines.flatMap((passLine) => sendsOfLine(tag, passLine, known.intents)),
    ...fresh.map(({ pass, intent }) => sendOfIntent(pass, intent)),
  ];
}

function sendsOfLine(tag: string, { pass, line }: PassLine, intents: readonly PassIntent[]): SendStory[] {
  const refOf = (intent: number): string => merchantTxnRefOf(tag, pass, line.row, intent);
  const refused = (line.notProcessed ?? []).map(
    ({ intent, at, cause }): SendStory => ({
      pass,
      intent,
      merchant_txn_ref: refOf(intent),
      made_at: at,
      end: 'not_processed',
      cause,
    }),
  );
  const isLastRefused = refused.at(-1)?.intent === line.sends;
  if (line.sends === 0 || isLastRefused) return refused;
  // An intent that was open when the shard was closed stays, and tells more than the line.
  const left = intents.findLast((one) => one.pass === pass && one.intent.head.intent === line.sends)?.intent;
  if (left !== undefined) return [...refused, sendOfIntent(pass, left)];
  return [
    ...refused,
    {
      pass,
      intent: line.sends,
      merchant_txn_ref: line.merchantTxnRef ?? refOf(line.sends),
      ...some('made_at', line.sentAt),
      end: line.completedAt === undefined ? 'open' : 'answered',
      ...answerOf(line),
    },
  ];
}

function sendOfIntent(pass: number, { head, result }: Intent): SendStory {
  const base = {
    pass,
    intent: head.intent,
    merchant_txn_ref: head.merchantTxnRef,
    made_at: new Date(head.createdAtMs).toISOString(),
    made_by: head.owner,
  };
  if (result === undefined)
    return { ...base, end: 'open', deadline: new Date(head.deadlineMs).toISOString() };
  return result.kind === 'not_processed'
    ? { ...base, end: 'not_processed', cause: result.cause }
    : { ...base, end: 'answered', ...answerOf(result.answer) };
}

type Answer = Pick<
  OutcomeLine,
  'outcome' | 'errorCode' | 'completedAt' | 'httpStatus' | 'gatewayCode' | 'responseCode' | 'transactionId'
>;

function answerOf(answer: Answer) {
  return {
    ...some('answered_at', answer.completedAt),
    outcome: answer.outcome,
    ...some('error_code', answer.errorCode),
    ...some('http_status', answer.httpStatus),
    ...some('gateway_code', answer.gatewayCode),
    ...some('response_code', answer.responseCode),
    ...some('transaction_id', answer.transactionId),
  };
}

function isKnownCode(code: string): code is RowErrorCode {
  return Object.hasOwn(rowErrorCodes, code);
}

function some<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
