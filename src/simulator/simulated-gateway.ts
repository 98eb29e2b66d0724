/*
 * Decides the reply to one request, without the network: the checks in order, the fault, the
 * charge. The charge is made here, before the first byte of an answer, so the ledger is correct
 * whatever happens to the connection.
 */
import { randomUUID } from 'node:crypto';
import { createDeclineBody, createErrorBody, createPaymentBody, type PaymentFacts } from './answer-bodies.ts';
import { faultOfCard, isCardNumber } from './card-numbers.ts';
import type { FaultReply } from './fault.ts';
import { chooseFault, drawOf, type FaultShares } from './fault-choice.ts';
import { type FaultName, faultOf } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { type CheckedRequest, checkRequest } from './request-check.ts';
import type { SimulatorSettings } from './settings.ts';
import type { Statistics } from './statistics.ts';

/** What is sent back. */
export type Reply =
  | { readonly kind: 'drop' | 'silence'; readonly delayMs: number }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly delayMs: number;
      /** Send only this many bytes of the body, then drop the connection. */
      readonly cutAfterBytes?: number;
      /** The payment that the complete answer reports with its token, if any. */
      readonly reportedTransactionId?: string;
    };

export interface GatewayState {
  readonly seed: number;
  readonly faults: FaultShares;
  readonly ledger: Ledger;
  readonly statistics: Statistics;
  /** Once-only faults that a card has already had. */
  readonly onceFaultsApplied: Set<string>;
}

/** A reply with an error body. The message never quotes the request. */
export function createErrorReply(
  status: number,
  message: string,
  settings: SimulatorSettings,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = JSON.stringify(createErrorBody(status, message, settings.isLive));
  return { kind: 'answer', status, headers, body, delayMs: settings.latencyMs };
}

/** Decides the reply to an admitted and authorized request. */
export function processPayment(body: unknown, state: GatewayState, settings: SimulatorSettings): Reply {
  const check = checkRequest(body);
  if (!check.isValid) {
    state.statistics.countRefusedFields(check.fields);
    return createErrorReply(400, `Invalid request: ${check.fields.slice(0, 20).join(', ')}`, settings);
  }
  const { request } = check;
  const { merchant_txn_ref: txnRef } = request;
  const sendsBefore = txnRef === undefined ? 0 : state.statistics.countTxnRef(txnRef);
  const cardNumber = request.card.number ?? '';
  if (!isCardNumber(cardNumber)) return createErrorReply(406, 'Invalid card number.', settings);

  const facts = createFacts(request, cardNumber, settings);
  const name = faultOfRequest(drawTextOf(txnRef ?? cardNumber, sendsBefore), cardNumber, state, settings);
  if (name === undefined) {
    if (hasExpired(request, new Date())) {
      const expired = { responseCode: 54, gatewayCode: 'ERR2001', message: 'Expired card.' };
      return createAnswer(200, createDeclineBody(facts, expired), settings.latencyMs);
    }
    charge(facts, state.ledger);
    return createPaymentReply(facts, { kind: 'payment' }, settings);
  }
  state.statistics.countFault(name);
  const fault = faultOf(name);
  const isStored = fault.reply.kind !== 'payment' || storesCard(fault.reply);
  const faultFacts = isStored ? facts : { ...facts, storedPaymentMethodId: null };
  if (fault.isCharged) charge(faultFacts, state.ledger);
  return createFaultReply(faultFacts, fault.reply, settings);
}

/** A reference that is sent again gets a new draw, as at a real gateway. */
function drawTextOf(ref: string, sendsBefore: number): string {
  return sendsBefore === 0 ? ref : `${ref}/${sendsBefore}`;
}

function faultOfRequest(
  drawText: string,
  cardNumber: string,
  state: GatewayState,
  settings: SimulatorSettings,
): FaultName | undefined {
  if (settings.forcedFault !== null) return settings.forcedFault;
  const ofCard = faultOfCard(cardNumber);
  if (ofCard !== undefined && faultOf(ofCard).isOnce === true) {
    const card = state.ledger.fingerprintOf(cardNumber);
    if (!state.onceFaultsApplied.has(card)) {
      state.onceFaultsApplied.add(card);
      return ofCard;
    }
  } else if (ofCard !== undefined) {
    return ofCard;
  }
  return chooseFault(state.faults, drawOf(state.seed, drawText));
}

function createFacts(request: CheckedRequest, cardNumber: string, settings: SimulatorSettings): PaymentFacts {
  return {
    request,
    cardNumber,
    isLive: settings.isLive,
    transactionId: randomUUID(),
    storedPaymentMethodId: request.payment_method.store_payment_method === true ? randomUUID() : null,
    at: new Date().toISOString(),
  };
}

function storesCard(reply: Extract<FaultReply, { kind: 'payment' }>): boolean {
  return reply.change !== 'without_token' && reply.change !== 'three_d_secure';
}

function charge(facts: PaymentFacts, ledger: Ledger): void {
  ledger.charge({
    merchantTxnRef: facts.request.merchant_txn_ref ?? null,
    cardFingerprint: ledger.fingerprintOf(facts.cardNumber),
    cardLast4: facts.cardNumber.slice(-4),
    amount: facts.request.amount,
    currency: facts.request.currency,
    storedPaymentMethodId: facts.storedPaymentMethodId,
    transactionId: facts.transactionId,
    at: facts.at,
  });
}

function createFaultReply(facts: PaymentFacts, reply: FaultReply, settings: SimulatorSettings): Reply {
  const delayMs = settings.latencyMs;
  switch (reply.kind) {
    case 'drop':
    case 'silence':
      return { kind: reply.kind, delayMs };
    case 'decline':
      return createAnswer(200, createDeclineBody(facts, reply), delayMs);
    case 'status':
      return createErrorReply(reply.status, `Simulated HTTP ${reply.status}.`, settings, {
        ...(reply.retryAfterS === undefined ? {} : { 'retry-after': String(reply.retryAfterS) }),
        ...(reply.status === 307 ? { location: 'https://elsewhere.example/payment' } : {}),
      });
    case 'payment':
      return createPaymentReply(facts, reply, settings);
  }
}

function createPaymentReply(
  facts: PaymentFacts,
  reply: Extract<FaultReply, { kind: 'payment' }>,
  settings: SimulatorSettings,
): Reply {
  const delayMs = settings.latencyMs + (reply.change === 'slow' ? settings.slowMs : 0);
  const whole = createAnswer(201, createPaymentBody(facts, reply.change), delayMs);
  switch (reply.change) {
    case 'cut_json':
      return { ...whole, body: whole.body.slice(0, whole.body.length / 2) };
    case 'cut_connection':
      return { ...whole, cutAfterBytes: Math.floor(whole.body.length / 2) };
    case 'three_d_secure':
      return whole;
    default:
      return { ...whole, reportedTransactionId: facts.transactionId };
  }
}

function createAnswer(status: number, body: Record<string, unknown>, delayMs: number) {
  return { kind: 'answer', status, headers: {}, body: JSON.stringify(body), delayMs } as const;
}

/**
 * A card is valid through the last day of its month. A missing or invalid expiry counts as expired.
 */
function hasExpired(request: CheckedRequest, now: Date): boolean {
  const month = Number(request.card.expiry_month);
  const year = Number(request.card.expiry_year);
  const wholeYear = year < 100 ? 2000 + year : year;
  return !(month >= 1 && month <= 12 && Date.UTC(wholeYear, month, 1) > now.getTime());
}
