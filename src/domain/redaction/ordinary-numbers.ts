/*
 * Masks harmless numbers that are frequent in error texts. A uuid counts as one only if it has a
 * valid version and variant, and letters: a card number in uuid form does not.
 */
const uuid =
  '\\b(?=(?:[0-9-]{0,35}[a-f]){3})[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\b';
const digest = '(?<![0-9a-f])(?=\\d*[a-f])[0-9a-f]{32,128}(?![0-9a-f])';
const time =
  '(?<!\\d)[12]\\d{3}-[01]\\d-[0-3]\\d[T ]?[0-2]\\d:[0-5]\\d(?::[0-5]\\d(?:[.,]\\d{1,9})?)?(?:Z|[+-]\\d\\d:?\\d\\d)?(?!\\d)';

const uuids = new RegExp(uuid, 'gi');
const digestsAndTimes = new RegExp(`${digest}|${time}`, 'gi');

/** The text with uuids masked at equal length. */
export function maskUuids(text: string): string {
  return text.replace(uuids, blot);
}

/** The text with digests and times masked at equal length. */
export function maskDigestsAndTimes(text: string): string {
  return text.replace(digestsAndTimes, blot);
}

function blot(text: string): string {
  return '\ufffd'.repeat(text.length);
}
