/** The supported encodings of a merchant's file. Others than UTF-8 are converted while reading. */
export const fileEncodings = [
  'utf-8',
  'shift_jis',
  'euc-jp',
  'utf-16le',
  'utf-16be',
  'windows-1252',
] as const;

export type FileEncoding = (typeof fileEncodings)[number];
