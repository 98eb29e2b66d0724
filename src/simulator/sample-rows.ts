import { generatedCardNumber, generatedCardsPerFault } from './card-numbers.ts';
import { chooseFault, type FaultShares } from './fault-choice.ts';
import { japaneseLocale, type SampleLocale, westernLocale } from './sample-locales.ts';

/** The columns of a sample in the order of a row's cells, named as in the input format. */
export const sampleColumns = [
  'merchant_ref',
  'card_number',
  'expiry_month',
  'expiry_year',
  'cardholder_name',
  'amount',
  'currency',
  'time_zone',
  'billing_country',
  'billing_email',
  'billing_phone_number',
  'billing_address1',
  'billing_city',
  'billing_state',
  'billing_postal_code',
] as const;

export interface SampleOptions {
  /** At most 10,000,000, the number of distinct cards. */
  readonly rows: number;
  /** The same seed gives the same rows. */
  readonly seed: number;
  /** Cards expire in this year or up to three years later. */
  readonly expiryYear: number;
  /** The share of rows whose card has a fault, each from 0 to 1. */
  readonly faults?: FaultShares;
  /** Names and addresses in kanji, amounts in yen. */
  readonly isJapanese?: boolean;
}

/** Coprime to the number of cards, so that multiples visit every card once, in no visible order. */
const stride = 7_368_787;

/**
 * Generates the rows of a sample, cells in the order of sampleColumns. References and cards are
 * unique. A pure function of the options. Throws RangeError for more rows than there are cards.
 */
export function* generateSampleRows(options: SampleOptions): Generator<string[]> {
  const { rows, seed, expiryYear, faults = {} } = options;
  if (!Number.isInteger(rows) || rows < 0 || rows > generatedCardsPerFault) {
    throw new RangeError(`Cannot generate the rows: their number must be 0 to ${generatedCardsPerFault}`);
  }
  const random = createRandom(seed);
  const firstCard = Math.floor(random() * generatedCardsPerFault);
  const locale = options.isJapanese === true ? japaneseLocale : westernLocale;
  const refDigits = Math.max(6, String(rows).length);
  for (let row = 1; row <= rows; row += 1) {
    const fault = chooseFault(faults, random());
    const cardIndex = (firstCard + row * stride) % generatedCardsPerFault;
    yield [
      `cust-${String(row).padStart(refDigits, '0')}`,
      generatedCardNumber(cardIndex, fault),
      String(1 + Math.floor(random() * 12)).padStart(2, '0'),
      String(expiryYear + Math.floor(random() * 4)),
      ...personCells(locale, row, random),
    ];
  }
}

function personCells(locale: SampleLocale, row: number, random: () => number): string[] {
  const pick = <T>(choices: readonly [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0];
  const place = pick(locale.places);
  return [
    locale.fullName(pick(locale.familyNames), pick(locale.givenNames)),
    pick(locale.amounts),
    locale.currency,
    place.timeZone,
    place.country,
    `cust-${row}@shop.example`,
    `${place.dialling}${String(Math.floor(random() * 10_000)).padStart(4, '0')}`,
    locale.address1(pick(place.streets), 1 + Math.floor(random() * 99)),
    place.city,
    place.state,
    place.postalCode,
  ];
}

/**
 * mulberry32: small, seeded, good enough for samples. Returns numbers of at least 0 and below 1.
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
