/* What may pass of an answer: judged against the card of its own request, the cards sent lately, and our keys. */
import { type AnswerRedactor, createAnswerRedactor } from '../domain/redaction/answer-redactor.ts';
import { createKnownCards } from '../domain/redaction/known-cards.ts';
import { createSecretDetector } from '../domain/redaction/secret-detector.ts';
import { createKeyRemover, type GatewayKeys, idSecretsOf, secretsOf } from './key-removal.ts';

/** An answer that names another request's card names one that was sent not long ago. */
const cardsRemembered = 50_000;

/** Gives the redactor for the answer to a request with this card number; the number is remembered for later answers. */
export function createAnswerRedactors(keys: GatewayKeys): (cardNumber: string) => AnswerRedactor {
  const knownCards = createKnownCards(cardsRemembered);
  const removeKeys = createKeyRemover(keys);
  const holdsSecret = createSecretDetector(secretsOf(keys));
  const holdsSecretInId = createSecretDetector(idSecretsOf(keys));
  return (ownCardNumber) => {
    knownCards.add(ownCardNumber);
    return createAnswerRedactor({ ownCardNumber, knownCards, holdsSecret, holdsSecretInId, removeKeys });
  };
}
