/* The storage of the simulation keeps the same contract as those of production. */
import { randomUUID } from 'node:crypto';
import { MemoryDisk } from '../support/memory-disk.ts';
import { openMemoryStorage } from '../support/memory-storage.ts';
import { testKey } from '../support/storage-key.ts';
import { describeStorageContract } from './contract.ts';

describeStorageContract('memory storage', async () => {
  const [disk, id] = [new MemoryDisk(), randomUUID()];
  return async () => openMemoryStorage({ disk, id, operatorKey: testKey });
});
