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
/** Whether the batch's rows may ever be sent. */
export const sendDecisionKey = (batchId: string): string => `${batchFolder(batchId)}/decision.json`;
export const auditFolder = (batchId: string): string => `${batchFolder(batchId)}/audit`;
/** Numbers are padded, so that a listing by name is in order. */
export const auditLineKey = (batchId: string, line: number): string =>
  `${auditFolder(batchId)}/${String(line).padStart(6, '0')}.json`;
export const stagingFolder = (batchId: string): string => `${batchFolder(batchId)}/staging`;
export const stagedShardKey = (batchId: string, shard: number): string =>
  `${stagingFolder(batchId)}/shard-${shard}.enc`;
export const stagingSummaryKey = (batchId: string): string => `${stagingFolder(batchId)}/summary.json`;
export const fingerprintsKey = (batchId: string): string => `${batchFolder(batchId)}/fingerprints.txt`;
/** The rows that the batch takes over from earlier results. */
export const skipDecisionsKey = (batchId: string, sha256: string): string =>
  `${batchFolder(batchId)}/carried-${sha256.slice(0, 16)}.jsonl`;
/** Says that the batch's card data was destroyed, or that it is being. */
export const purgeMarkKey = (batchId: string): string => `${batchFolder(batchId)}/purge.json`;
/** The answers that a person may have to read, encrypted with the batch's data key. */
export const rawAnswersFolder = (batchId: string): string => `${batchFolder(batchId)}/answers`;
export const rawAnswerKey = (batchId: string, merchantTxnRef: string): string =>
  `${rawAnswersFolder(batchId)}/${merchantTxnRef}.enc`;
export const passFolder = (batchId: string, pass: number): string => `${batchFolder(batchId)}/pass-${pass}`;
export const passPlanKey = (batchId: string, pass: number): string =>
  `${passFolder(batchId, pass)}/plan.json`;
export const passStagingFolder = (batchId: string, pass: number, name: string): string =>
  `${passFolder(batchId, pass)}/${name}`;
export const resolutionsFolder = (batchId: string): string => `${batchFolder(batchId)}/resolutions`;
export const resolutionKey = (batchId: string, number: number): string =>
  `${resolutionsFolder(batchId)}/${String(number).padStart(6, '0')}.json`;
export const shardFolder = ({ batchId, pass, shard }: ShardRef): string =>
  `${passFolder(batchId, pass)}/shard-${shard}`;
export const outcomesKey = (ref: ShardRef): string => `${shardFolder(ref)}/outcomes.jsonl`;
export const resultFiles = ['results.csv', 'unresolved.csv', 'charges.csv', 'manifest.json'] as const;
export type ResultFile = (typeof resultFiles)[number];
export const resultKey = (batchId: string, file: ResultFile): string => `${batchFolder(batchId)}/${file}`;
/** What is known of a batch that has not ended. */
export const partialResultsKey = (batchId: string): string => `${batchFolder(batchId)}/results.partial.csv`;
/** A former version of a result file. */
export const formerResultKey = (batchId: string, version: number, file: ResultFile): string =>
  `${batchFolder(batchId)}/former/v${version}/${file}`;
/** The first generation's name has no number: it is that of storages from before there were any. */
export const indexKey = (merchantId: string, sha256: string, generation = 1): string =>
  `index/${merchantId}/${sha256}${generation === 1 ? '' : `.${generation}`}.json`;
/** The turns of a batch's own limit. */
export const batchSlotsFolder = (batchId: string): string => `${batchFolder(batchId)}/turns`;
/** What all batches of one gateway account share. `target fingerprint` is the digest of what its workers are set up for. */
export const accountFolder = (targetFingerprint: string): string => `accounts/${targetFingerprint}`;
/** The turns of the account's limit. */
export const accountSlotsFolder = (targetFingerprint: string): string =>
  `${accountFolder(targetFingerprint)}/turns`;
export const accountLimitKey = (targetFingerprint: string): string =>
  `${accountFolder(targetFingerprint)}/limit.json`;
/** The batch's rate, once it was changed. */
export const batchLimitsKey = (batchId: string): string => `${batchFolder(batchId)}/pace.json`;
