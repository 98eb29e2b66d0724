/*
 * Searches bytes for card numbers, in every form in which software is known to keep them by
 * accident.
 */

export interface CardNumberFinding {
  readonly cardNumber: string;
  readonly form: CardNumberForm;
}

export const cardNumberForms = ['plain', 'separated', 'fragments', 'utf16', 'base64', 'hex'] as const;
export type CardNumberForm = (typeof cardNumberForms)[number];

/** Every form in which one of the numbers appears in the bytes. */
export function findCardNumbers(bytes: Buffer, cardNumbers: Iterable<string>): CardNumberFinding[] {
  const text = bytes.toString('latin1');
  const findings: CardNumberFinding[] = [];
  for (const cardNumber of cardNumbers) {
    for (const [form, isThere] of Object.entries(searches) as [CardNumberForm, Search][]) {
      if (isThere(text, cardNumber)) findings.push({ cardNumber, form });
    }
  }
  return findings;
}

type Search = (latin1: string, cardNumber: string) => boolean;

const searches: Readonly<Record<CardNumberForm, Search>> = {
  plain: (text, cardNumber) => text.includes(cardNumber),
  // As people group digits, or as an incomplete mask does.
  separated: (text, cardNumber) => new RegExp([...cardNumber].join('[ \\-._/,:]?')).test(text),
  // Groups of four in separate strings: "4111","1111",… or with escapes between.
  fragments: (text, cardNumber) =>
    new RegExp((cardNumber.match(/.{1,4}/g) ?? []).join('[^0-9A-Za-z]{1,8}')).test(text),
  utf16: (text, cardNumber) =>
    text.includes([...cardNumber].join('\0')) || text.includes(`\0${[...cardNumber].join('\0')}`),
  base64: (text, cardNumber) => base64Cores(cardNumber).some((core) => text.includes(core)),
  hex: (text, cardNumber) => text.toLowerCase().includes(Buffer.from(cardNumber).toString('hex')),
};

/**
 * The base64 of the number at each of its three possible offsets, without the characters at either
 * end that also depend on the neighbours.
 */
function base64Cores(cardNumber: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${'x'.repeat(before)}${cardNumber}`)
      .toString('base64')
      .replace(/=+$/, '');
    const firstWhole = Math.ceil((before * 8) / 6);
    const endWhole = Math.floor(((before + cardNumber.length) * 8) / 6);
    return encoded.slice(firstWhole, endWhole);
  });
}
