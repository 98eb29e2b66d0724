/* Text that carries its MAC: the MAC, a blank, and the text. */
import { macLength } from './integrity.ts';
import type { Storage } from './storage.ts';
import { StoredFileError } from './stored-json.ts';

/** The text with its MAC. `key` is where it is stored: it is not valid anywhere else. */
export async function authenticate(storage: Storage, key: string, text: string): Promise<string> {
  return `${(await storage.integrity()).macOf(key, text)} ${text}`;
}

/** The text without its MAC. Throws StoredFileError if the MAC is wrong. */
export async function verify(storage: Storage, key: string, content: Buffer): Promise<string> {
  const whole = content.toString('utf8');
  const text = whole.slice(macLength + 1);
  if (!(await storage.integrity()).isValid(whole.slice(0, macLength), key, text)) {
    throw new StoredFileError(
      `Cannot use ${storage.files.locate(key)}: it was altered, or written with another key. Put the original back, or set CARDLIFT_KEY_FILE to the key of this storage`,
    );
  }
  return text;
}
