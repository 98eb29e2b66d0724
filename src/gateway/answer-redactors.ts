/*
 * What may be kept of an answer: checked against the card of its own request, recently sent cards,
 * and our keys.
 */
import { type AnswerRedactor, createAnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import { createKnownCards } from '../domain/redaction/known-cards.ts';
import { createSecretDetector } from '../domain/redaction/secret-detector.ts';
import type { GatewayKeys } from './gateway-keys.ts';
import { createKeyRemover, idSecretsOf, secretsOf } from './key-removal.ts';

/** An answer that repeats another request's card repeats a recent one. */
const cardsRemembered = 50_000;

export interface AnswerRedactors {
  /**
   * The redactor for the answer to a request with this card number, which is remembered for later
   * answers.
   */
  of(cardNumber: string): AnswerRedactor;
  /** Remembers card numbers that an answer may repeat although another process sent them. */
  remember(cardNumbers: Iterable<string>): void;
}

/** Redactors for the answers to one gateway's requests. */
export function createAnswerRedactors(keys: GatewayKeys): AnswerRedactors {
  const knownCards = createKnownCards(cardsRemembered);
  const removeKeys = createKeyRemover(keys);
  const holdsSecret = createSecretDetector(secretsOf(keys));
  const holdsSecretInId = createSecretDetector(idSecretsOf(keys));
  return {
    of(ownCardNumber) {
      knownCards.add(ownCardNumber);
      return createAnswerRedactor({ ownCardNumber, knownCards, holdsSecret, holdsSecretInId, removeKeys });
    },
    remember(cardNumbers) {
      for (const cardNumber of cardNumbers) knownCards.add(cardNumber);
    },
  };
}
