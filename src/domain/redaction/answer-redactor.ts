import { isIdShaped } from '../gateway-id.ts';
import { scrubText } from '../scrub.ts';
import type { KnownCards } from './known-cards.ts';
import { holdsCardAcross, sharesDigits } from './own-card.ts';
import type { SecretDetector } from './secret-detector.ts';
import { type Spellings, spellingsOf } from './spellings.ts';

export const cardTextRemoved = '[text removed: it repeated card data]';
export const keyTextRemoved = '[text removed: it repeated a key]';

export interface AnswerRedactorDeps {
  /** The card number in the request, digits only; empty if there was none. */
  readonly ownCardNumber: string;
  readonly knownCards: Pick<KnownCards, 'holdsAny'>;
  readonly holdsSecret: SecretDetector;
  /** The check for ids: long secrets only, because a refused id is a lost token. */
  readonly holdsSecretInId: SecretDetector;
  /** Removes plainly written keys, so that the rest of the text can be kept. */
  readonly removeKeys: (text: string) => string;
}

/** The only place that decides which parts of a gateway's answer are kept. */
export interface AnswerRedactor {
  /**
   * A text for people, scrubbed and truncated; a fixed sentence if it repeats a card or a key;
   * undefined if nothing is left.
   */
  text(value: string | undefined, maxLength: number): string | undefined;
  /**
   * A code such as `ERR3009`: letters, `_`, `-` and at most six digits. Undefined for anything
   * else.
   */
  code(value: string | undefined, maxLength: number): string | undefined;
  /** A scheme such as `ECMC-SSL`: words with at most one digit. Undefined for anything else. */
  scheme(value: string | undefined, maxLength?: number): string | undefined;
  /** True if an id may be kept unchanged. */
  isSafeId(value: string): boolean;
  /** The text without plainly written keys, otherwise unchanged; for what is stored encrypted. */
  withoutKeys(text: string): string;
  /** True if the fields of one row, read in this order, spell the whole card number. */
  holdsCardAcross(fields: readonly string[]): boolean;
}

const codeShape = /^(?=.*[A-Za-z])[A-Za-z_-]*(?:\d[A-Za-z_-]*){0,6}$/;
const schemeShape = /^[A-Za-z][A-Za-z _.-]*(?:\d[A-Za-z _.-]*)?$/;
const schemeMaxLength = 32;

/** Gateways repeat a few codes and sentences, so this many results are cached. */
const remembered = 512;
const rememberedLength = 1_000;
/** Only this much of a longer text is read; far less is shown. */
const readLength = 4_096;

function rememberResults<Result>(work: (text: string) => Result): (text: string) => Result {
  const results = new Map<string, Result>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = work(text);
    // Long texts rarely repeat and would only fill the memory.
    if (text.length > rememberedLength) return result;
    if (results.size >= remembered) results.clear();
    results.set(text, result);
    return result;
  };
}

const spellingsOfWords = rememberResults(spellingsOf);
const scrubbedOf = rememberResults((text) => scrubText(text, Number.POSITIVE_INFINITY));

/** A redactor for the answer to one request. */
export function createAnswerRedactor(deps: AnswerRedactorDeps): AnswerRedactor {
  const { ownCardNumber, knownCards, holdsSecret, holdsSecretInId, removeKeys } = deps;

  const holdsCard = (spellings: Spellings, kind: 'text' | 'id'): boolean =>
    sharesDigits(spellings, ownCardNumber, kind) || knownCards.holdsAny(spellings);

  function ofShape(value: string | undefined, shape: RegExp, maxLength: number): string | undefined {
    if (value === undefined || value.length > maxLength || !shape.test(value)) return undefined;
    const spellings = spellingsOfWords(value);
    if (holdsCard(spellings, 'text') || holdsSecret(spellings)) return undefined;
    return removeKeys(value) === value ? value : undefined;
  }

  return {
    text(value, maxLength) {
      if (value === undefined) return undefined;
      // Also drop the word at the cut: it may be half a number.
      const head =
        value.length <= readLength ? value : value.slice(0, readLength).replace(/[^\p{Z}]{0,256}$/u, '');
      const withoutKeys = removeKeys(head);
      // Check the whole text: the part cut off later could reveal the rest.
      const scrubbed = scrubbedOf(withoutKeys);
      if (holdsCard(spellingsOfWords(scrubbed), 'text')) return cardTextRemoved;
      // Check before scrubbing, which may remove digits from a key and leave the rest.
      if (holdsSecret(spellingsOfWords(withoutKeys))) return keyTextRemoved;
      return cut(scrubbed, maxLength);
    },
    code: (value, maxLength) => ofShape(value, codeShape, maxLength),
    scheme: (value, maxLength = schemeMaxLength) => ofShape(value, schemeShape, maxLength),
    isSafeId(value) {
      if (!isIdShaped(value)) return false;
      const spellings = spellingsOf(value);
      return !holdsCard(spellings, 'id') && !holdsSecretInId(spellings);
    },
    withoutKeys: removeKeys,
    holdsCardAcross: (fields) => holdsCardAcross(fields, ownCardNumber),
  };
}

function cut(text: string, maxLength: number): string | undefined {
  if (text === '') return undefined;
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
