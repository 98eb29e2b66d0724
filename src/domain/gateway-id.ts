import { isLuhnValid } from './card.ts';

/** What is wrong with a text that is said to be an id of the gateway (a token, a transaction), or undefined. Never quotes it. */
export function findIdFault(id: string): string | undefined {
  if (!/^[\x21-\x7e]{1,1024}$/.test(id)) return 'has blanks or characters that no id has';
  if (!/[a-z\d]/i.test(id)) return 'has no letter and no digit';
  if (/^\d(?:[.,]\d+)?E\+?\d+$/i.test(id)) return 'was damaged by a spreadsheet';
  const digits = id.replace(/[-._]/g, '');
  if (/^\d{13,19}$/.test(digits) && isLuhnValid(digits)) return 'looks like a card number';
  return undefined;
}
