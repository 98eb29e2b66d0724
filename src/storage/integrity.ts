/*
 * Message authentication codes (MACs) of what decides about money: intents and outcome files. A
 * file that was edited, or taken from another place of the storage, is detected. The key is derived
 * from the operator's key and the storage's id, so it survives a purge of card data.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from './encryption.ts';
import type { OperatorKey } from './key-file.ts';

/** Provides the operator's key when the storage first authenticates something. */
export type OperatorKeySource = () => Promise<Pick<OperatorKey, 'key'>>;

/** 128 bits, as text. */
const macBytes = 16;
export const macLength = macBytes * 2;

/** Authenticates the content of one storage. */
export interface Integrity {
  /**
   * The MAC, `macLength` hexadecimal digits. `context` names the content's place, so that a valid
   * content elsewhere is not valid here.
   */
  macOf(context: string, content: Uint8Array | string): string;
  isValid(mac: string, context: string, content: Uint8Array | string): boolean;
}

/** The integrity of the storage with this id. */
export function createIntegrity({ key }: Pick<OperatorKey, 'key'>, storageId: string): Integrity {
  const macKey = deriveKey(key, `integrity of storage ${storageId}`);
  const macOf: Integrity['macOf'] = (context, content) =>
    createHmac('sha256', macKey)
      .update(`${context.length} ${context} `)
      .update(content)
      .digest('hex')
      .slice(0, macLength);
  return {
    macOf,
    isValid(mac, context, content) {
      const expected = Buffer.from(macOf(context, content));
      const given = Buffer.from(mac);
      return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
    },
  };
}
