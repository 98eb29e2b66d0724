/*
 * Which single-byte encodings make sense of a text: every word must be written in one script, in
 * capitals, in small letters, or with a capital first, and without a symbol between its letters.
 */
import { decode } from 'iconv-lite';

const encodings = [
  { name: 'Windows-1252', label: 'windows-1252' },
  { name: 'Windows-1250', label: 'windows-1250' },
  { name: 'Windows-1254', label: 'windows-1254' },
  { name: 'Mac Roman', label: 'macroman' },
  { name: 'CP850', label: 'cp850' },
  { name: 'CP437', label: 'cp437' },
  { name: 'Windows-1251', label: 'windows-1251' },
  { name: 'KOI8-R', label: 'koi8-r' },
  { name: 'CP866', label: 'cp866' },
  { name: 'Windows-1253', label: 'windows-1253' },
  { name: 'Windows-1255', label: 'windows-1255' },
  { name: 'Windows-1256', label: 'windows-1256' },
  { name: 'Windows-874', label: 'windows-874' },
] as const;

export interface SingleByteGuess {
  readonly names: readonly string[];
  /** True if all of them read the same text, so that the first one cannot be wrong. */
  readonly isCertain: boolean;
}

/** The encodings in which every word of the sample makes sense. */
export function readSingleByte(sample: Uint8Array): SingleByteGuess {
  const readings = encodings.flatMap(({ name, label }) => {
    const text = decode(Buffer.from(sample), label);
    return text.includes('\ufffd') || !makesSense(text) ? [] : [{ name, text }];
  });
  // Of encodings that read the same text, the first one is as good as the others.
  const different = readings.filter(
    ({ text }, index) => readings.findIndex((reading) => reading.text === text) === index,
  );
  return { names: different.map(({ name }) => name), isCertain: different.length === 1 };
}

/** A word with at least one character beyond ASCII, and what is stuck to it. */
const chunk = /[^\s,;"|\t]*[^\p{ASCII}][^\s,;"|\t]*/gu;
const letterRun = /[\p{L}\p{M}]+/gu;
/** Signs that stand beside words: quotes, dashes, currencies, ordinals. */
const sign = /[‘’“”„‚«»‹›–—…•€£¥¢§©®™°º²³¿¡·×\u00a0]/;
/** Signs that never touch a letter. In another encoding they are letters. */
const apart = '[¡¿…™®©§¢¥•·²³]';
const signAtLetter = new RegExp(`\\p{L}(?:${apart}|[‚„])|${apart}\\p{L}`, 'u');
const control = /[\u0080-\u009f]/;
const symbolInWord = /\p{L}[^\p{ASCII}\p{L}\p{M}’‘·\u00a0–—]\p{L}/u;
const caseForm = /^(?:\p{Lu}?[\p{Ll}ªº]+|\p{Lu}+|[\p{Lo}\p{Lm}\p{M}]+)$/u;

const otherScripts =
  /^(?:\p{Script=Cyrillic}+|\p{Script=Greek}+|\p{Script=Hebrew}+|\p{Script=Arabic}+|\p{Script=Thai}+)$/u;

function makesSense(text: string): boolean {
  const chunks = text.match(chunk) ?? [];
  return chunks.length > 0 && chunks.every(isSound);
}

function isSound(text: string): boolean {
  if (control.test(text) || symbolInWord.test(text) || signAtLetter.test(text)) return false;
  for (const one of text.replace(/[\p{ASCII}\p{L}\p{M}]/gu, '')) if (!sign.test(one)) return false;
  return (text.match(letterRun) ?? []).every(isWord);
}

function isWord(word: string): boolean {
  if (/^\p{ASCII}*$/u.test(word)) return true;
  // ß is small in a word of capitals too.
  if (!caseForm.test(word.replaceAll('ß', /\p{Ll}/u.test(word.replaceAll('ß', '')) ? 's' : 'S')))
    return false;
  const isLatin = /\p{Script=Latin}/u.test(word);
  if (!isLatin) return otherScripts.test(word);
  if (!/^\p{Script=Latin}+$/u.test(word)) return false;
  // A word of accented letters only is text of another script.
  const accented = word.match(/[^\p{ASCII}]/gu)?.length ?? 0;
  return word.length === 1 || accented * 2 <= word.length;
}
