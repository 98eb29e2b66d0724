/*
 * The gateway of a seed: charges cards, keeps the ledger, and answers as badly as the seed wants.
 * The network is an actor of its own: a request that has left arrives although its sender is dead.
 */
import { classifyExchange } from '../../src/gateway/classify-exchange.ts';
import type { Exchange, PaymentAnswer } from '../../src/gateway/exchange.ts';
import type { Gateway, TokenizeRequest } from '../../src/gateway/gateway.ts';
import { answerRules } from '../../src/gateway/payment-options/answer-rules.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';
import type { Charge } from '../../src/simulator/ledger.ts';
import type { Actor } from './actor.ts';
import { runningActor } from './virtual-time.ts';
import type { World } from './world.ts';

const answers = [
  'declined',
  'paid without token',
  'error before',
  'error after',
  'hang before',
  'hang after',
  'lost before',
  'lost after',
  'too many',
  'unavailable',
  'unavailable after',
  'not connected',
  'unauthorized',
  'mixed up',
] as const;
type AnswerKind = (typeof answers)[number] | 'paid';

const isCharged: ReadonlySet<AnswerKind> = new Set([
  'paid',
  'paid without token',
  'error after',
  'hang after',
  'lost after',
  'unavailable after',
  'mixed up',
]);

/** How long a request or an answer may be on its way. */
const slowMs = [200, 1_900, 2_100, 4_500, 20_000] as const;

type MutableCharge = { -readonly [Key in keyof Charge]: Charge[Key] };

export class LedgerGateway {
  readonly charges: MutableCharge[] = [];
  /** The references of requests whose answer leaves open whether the card was charged. */
  readonly ambiguous = new Set<string>();
  /** Requests in the network. They may still be charged. */
  travelling = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The gateway as one process reaches it. */
  of(process: Actor): Gateway {
    const { settings, limits } = paymentOptions;
    return {
      limits,
      settingNames: { baseUrl: settings.baseUrl.name, keys: Object.keys(settings.keys) },
      tokenize: async (request) => {
        const exchange = await this.#send(process, request);
        return { exchange, verdict: classifyExchange(exchange, answerRules) };
      },
      close: async () => undefined,
    };
  }

  async #send(process: Actor, request: TokenizeRequest): Promise<Exchange> {
    const world = this.#world;
    const { merchantTxnRef: ref, timeoutMs } = request;
    const kind = this.#draw();
    const startedAtMs = world.time.nowMs;
    await world.scheduler.park(process, `connect for ${ref}`);
    if (kind === 'not connected') return { kind: 'not_connected', cause: 'refused' };
    // A process that stood still here sends nothing, as the real client.
    if (world.time.nowMs - startedAtMs > timeoutMs) return { kind: 'not_connected', cause: 'timeout' };
    request.onSending?.();
    if (isCharged.has(kind)) world.sentRows.add(request.row.row);
    const answer = runningActor.run(world.network, () => this.#answer(request, kind));
    const timeout = new Promise<Exchange>((resolve) => {
      setTimeout(() => resolve({ kind: 'no_answer', cause: 'timeout' }), timeoutMs);
    });
    const exchange = await Promise.race([answer, timeout]);
    await world.scheduler.park(process, `answer to ${ref}: ${kind}`);
    world.count(`answer: ${exchange.kind === 'no_answer' ? exchange.cause : kind}`);
    if (exchange.kind === 'no_answer') this.ambiguous.add(ref);
    const token = exchange.kind === 'answered' ? exchange.answer?.storedPaymentMethodId : undefined;
    if (kind === 'paid' && token !== undefined) world.heldTokens.set(request.row.row, { token, process });
    return exchange;
  }

  #draw(): AnswerKind {
    const { random } = this.#world;
    if (this.#world.happens('declined')) return 'declined';
    return this.#world.happens('hostile_answer') ? random.pick(answers) : 'paid';
  }

  async #answer({ row, merchantTxnRef: ref }: TokenizeRequest, kind: AnswerKind): Promise<Exchange> {
    const { scheduler, network, random, happens } = {
      ...this.#world,
      happens: (fault: 'slow_network') => this.#world.happens(fault),
    };
    const travel = (): { waitMs?: number } =>
      happens('slow_network') ? { waitMs: random.pick(slowMs) } : {};
    if (kind === 'lost before') return { kind: 'no_answer', cause: 'connection_lost' };
    this.travelling += 1;
    await scheduler.park(network, `request ${ref}`, travel());
    this.travelling -= 1;
    const charge = isCharged.has(kind) ? this.#charge(row.cardNumber, ref, kind) : undefined;
    if (kind === 'hang before' || kind === 'hang after') return await new Promise(() => undefined);
    if (kind === 'lost after') return { kind: 'no_answer', cause: 'connection_lost' };
    const exchange = this.#exchangeOf(kind, ref, charge);
    if (exchange.kind === 'answered' && exchange.status >= 500 && exchange.retryAfterMs === undefined)
      this.ambiguous.add(ref);
    await scheduler.park(network, `answer ${ref}: ${kind}`, travel());
    if (charge !== undefined && kind === 'paid') charge.answered = true;
    return exchange;
  }

  #exchangeOf(kind: AnswerKind, ref: string, charge: Charge | undefined): Exchange {
    const paid: PaymentAnswer = {
      ...{ success: true, isLive: false, gatewayCode: 'INFO0000', responseCode: 0, scheme: 'VISA' },
      transactionId: `txn-${ref}`,
      ...(charge?.storedPaymentMethodId == null
        ? {}
        : { storedPaymentMethodId: charge.storedPaymentMethodId }),
    };
    switch (kind) {
      case 'paid':
      case 'paid without token':
        return { kind: 'answered', status: 201, answer: paid };
      case 'mixed up':
        this.ambiguous.add(ref);
        return {
          kind: 'answered',
          status: 201,
          answer: { ...paid, storedPaymentMethodId: 'pm-other', foreignRefs: ['another-request'] },
        };
      case 'declined':
        return { kind: 'answered', status: 201, answer: { success: false, isLive: false, responseCode: 51 } };
      case 'too many':
        return { kind: 'answered', status: 429, retryAfterMs: 2_000 };
      case 'unavailable':
        return { kind: 'answered', status: 503, retryAfterMs: 1_000 };
      case 'unauthorized':
        return { kind: 'answered', status: 401 };
      default:
        return { kind: 'answered', status: kind === 'unavailable after' ? 503 : 500 };
    }
  }

  #charge(card: string, ref: string, kind: AnswerKind): MutableCharge {
    const charge: MutableCharge = {
      merchantTxnRef: ref,
      cardFingerprint: card,
      cardLast4: card.slice(-4),
      amount: '100',
      currency: 'JPY',
      storedPaymentMethodId: kind === 'paid without token' ? null : `pm-${ref}`,
      transactionId: `txn-${ref}`,
      answered: false,
      at: new Date(this.#world.time.nowMs).toISOString(),
    };
    this.charges.push(charge);
    this.#world.log(`  CHARGED ${ref}`);
    return charge;
  }
}
