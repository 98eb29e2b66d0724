/* The keys of the storage: the one place that knows which file lies where. */
import { parseBatchId } from '../contract/ids.ts';
import type { ShardRef } from './storage.ts';

export const storageIdKey = 'storage.json';
export const batchesFolder = 'batches';

/** The folder of a batch. Throws on a text that is no batch id, so that no key leaves the storage's root. */
export function batchFolder(batchId: string): string {
  const parts = parseBatchId(batchId);
  if (parts === undefined) {
    throw new Error('Cannot name the folder of a batch: its id has an unknown form');
  }
  return `${batchesFolder}/${parts.merchantId}/${parts.batchName}`;
}

export const batchRecordKey = (batchId: string): string => `${batchFolder(batchId)}/batch.json`;
export const stagingFolder = (batchId: string): string => `${batchFolder(batchId)}/staging`;
export const stagedShardKey = (batchId: string, shard: number): string =>
  `${stagingFolder(batchId)}/shard-${shard}.enc`;
export const stagingSummaryKey = (batchId: string): string => `${stagingFolder(batchId)}/summary.json`;
export const passFolder = (batchId: string, pass: number): string => `${batchFolder(batchId)}/pass-${pass}`;
export const shardFolder = ({ batchId, pass, shard }: ShardRef): string =>
  `${passFolder(batchId, pass)}/shard-${shard}`;
export const outcomesKey = (ref: ShardRef): string => `${shardFolder(ref)}/outcomes.jsonl`;
export const resultKey = (
  batchId: string,
  file: 'results.csv' | 'manifest.json' | 'unresolved.csv' | 'charges.csv',
): string => `${batchFolder(batchId)}/${file}`;
export const indexKey = (merchantId: string, sha256: string): string => `index/${merchantId}/${sha256}.json`;
