import type { BatchRecord } from './batch-record.ts';
import { decrypt, encrypt } from './encryption.ts';

const contextOf = (batchId: string): string => `notify url of ${batchId}`;

/**
 * Encrypts the URL for notices with the batch's data key. Returns base64, as the batch record
 * stores it.
 */
export function encryptNotifyUrl(batchId: string, dataKey: Uint8Array, url: string): string {
  return encrypt(dataKey, Buffer.from(url), contextOf(batchId)).toString('base64');
}

/** The URL for the batch's notices, or undefined if it has none. Throws DecryptionError. */
export function decryptNotifyUrl(
  { batchId, notifyUrl }: Pick<BatchRecord, 'batchId' | 'notifyUrl'>,
  dataKey: Uint8Array,
): string | undefined {
  if (notifyUrl === undefined) return undefined;
  return decrypt(dataKey, Buffer.from(notifyUrl, 'base64'), contextOf(batchId)).toString('utf8');
}
