/* What tests of the activities use instead of the gateway and the storage. */
import { classifyExchange } from '../../src/gateway/classify-exchange.ts';
import type { Exchange, PaymentAnswer } from '../../src/gateway/exchange.ts';
import type { Gateway, TokenizeRequest } from '../../src/gateway/gateway.ts';
import { answerRules } from '../../src/gateway/payment-options/answer-rules.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';
import type { IntentStore, Storage } from '../../src/storage/storage.ts';

/** A gateway that answers with a function's results, and records the requests. */
export interface FakeGateway extends Gateway {
  readonly requests: readonly TokenizeRequest[];
}

export const paidAnswer: PaymentAnswer = {
  success: true,
  isLive: false,
  gatewayCode: 'INFO0000',
  responseCode: 0,
  scheme: 'VISA',
  transactionId: 'txn-1',
  storedPaymentMethodId: 'pm-1',
};

export const paid: Exchange = { kind: 'answered', status: 201, answer: paidAnswer };

const { settings, limits } = paymentOptions;

/** A gateway whose answer to its nth request (from 1) the caller supplies. */
export function createFakeGateway(
  answer: (request: TokenizeRequest, sends: number) => Exchange | Promise<Exchange> = () => paid,
): FakeGateway {
  const requests: TokenizeRequest[] = [];
  return {
    requests,
    limits,
    settingNames: { baseUrl: settings.baseUrl.name, keys: Object.keys(settings.keys) },
    tokenize: async (request) => {
      const { onSending: _, ...asked } = request;
      requests.push(asked);
      const exchange = await answer(request, requests.length);
      return { exchange, verdict: classifyExchange(exchange, answerRules) };
    },
    close: async () => undefined,
  };
}

/** The storage with some of its intents' operations replaced. */
export function withIntents(storage: Storage, changes: Partial<IntentStore>): Storage {
  return { ...storage, intents: { ...storage.intents, ...changes } };
}

/** The operating system's error for a full or broken disk. */
export function createDiskError(code = 'ENOSPC'): Error {
  return Object.assign(new Error(`${code}: a path that must stay private`), { code });
}
