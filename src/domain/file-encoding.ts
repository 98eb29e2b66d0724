/** The encodings that a merchant's file may be said to have; each is converted to UTF-8 while it is read. */
export const fileEncodings = [
  'utf-8',
  'shift_jis',
  'euc-jp',
  'utf-16le',
  'utf-16be',
  'windows-1252',
] as const;

export type FileEncoding = (typeof fileEncodings)[number];
