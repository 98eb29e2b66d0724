/*
 * One attempt to stage a batch. Only `commit` makes it count, and only if no other attempt with the
 * same data key has committed before. See staged-shards.ts.
 */
import { randomBytes } from 'node:crypto';
import type { StagedRow } from '../domain/staged-row.ts';
import { encrypt } from './encryption.ts';
import {
  fingerprintsKey,
  stagedDigestsKey,
  stagedShardKey,
  stagingAttemptFolder,
  stagingFolder,
  stagingSummaryKey,
} from './layout.ts';
import {
  contextOf,
  dataKeyTagOf,
  lettersOf,
  readStagingSummary,
  type StagedBatch,
  type StagingSummary,
  sha256Of,
} from './staged-shards.ts';
import type { Storage } from './storage.ts';

export interface StagingAttempt {
  /** The name of its folder, unique among all attempts. */
  readonly name: string;
  /** Encrypts and writes the next shard's rows. */
  writeShard(rows: readonly StagedRow[]): Promise<void>;
  /**
   * Makes the attempt the batch's staging, unless another one was first. Returns the summary that
   * counts.
   */
  commit(counts: Pick<StagingSummary, 'rows' | 'sendableRows'>): Promise<StagingSummary>;
  /** Removes everything that the attempt wrote. */
  discard(): Promise<void>;
}

export function beginStaging(storage: Storage, batch: StagedBatch, dataKey: Uint8Array): StagingAttempt {
  const { batchId } = batch;
  const tag = dataKeyTagOf(batch);
  const name = `${tag}-${lettersOf(randomBytes(8))}`;
  const digests: Buffer[] = [];

  const discard = async (): Promise<void> => {
    await storage.files.remove(stagingAttemptFolder(batchId, name));
    await storage.files.remove(fingerprintsKey(batchId, name));
  };
  /** Of these the summary of this data key never names one. */
  const removeOthers = async (): Promise<void> => {
    for (const other of await storage.files.list(stagingFolder(batchId))) {
      if (!other.startsWith(`${tag}-`) || other === name) continue;
      await storage.files.remove(stagingAttemptFolder(batchId, other));
    }
  };

  return {
    name,
    discard,

    async writeShard(rows) {
      const shard = digests.length + 1;
      const plain = Buffer.from(JSON.stringify(rows));
      const sealed = encrypt(dataKey, plain, contextOf(batchId, shard));
      plain.fill(0);
      await storage.files.replace(stagedShardKey(batchId, name, shard), sealed);
      digests.push(sha256Of(sealed));
    },

    async commit(counts) {
      const list = Buffer.concat(digests);
      await storage.files.replace(stagedDigestsKey(batchId, name), list);
      const summary: StagingSummary = {
        attempt: name,
        ...counts,
        shards: digests.length,
        sha256: batch.file.sha256,
        digests: sha256Of(list).toString('hex'),
      };
      const content = `${JSON.stringify(summary)}\n`;
      if (await storage.files.createExclusive(stagingSummaryKey(batchId, tag), content)) {
        await removeOthers();
        return summary;
      }
      await discard();
      const first = await readStagingSummary(storage, batch);
      // Temporal tries again, with the record as the purge left it.
      if (first === undefined) throw new Error('The batch was purged while it was being staged');
      return first;
    },
  };
}
