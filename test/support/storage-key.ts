/* The operator's key of storages that a test opens without a key file. */
import type { OperatorKeySource } from '../../src/storage/integrity.ts';

export const testKey: OperatorKeySource = () => Promise.resolve({ key: Buffer.alloc(32, 7) });
