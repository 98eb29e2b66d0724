/* The keys of the storage: the one place that knows the path of each file. */
import { parseBatchId } from '../contract/ids.ts';
import type { ShardRef } from './storage.ts';

export const storageIdKey = 'storage.json';
export const batchesFolder = 'batches';

/**
 * The folder of a batch. Throws if the text is not a batch id, so that no key leaves the storage's
 * root.
 */
export function batchFolder(batchId: string): string {
  const parts = parseBatchId(batchId);
  if (parts === undefined) {
    throw new Error('Cannot locate the batch: its id is invalid');
  }
  return `${batchesFolder}/${parts.merchantId}/${parts.batchName}`;
}

export const batchRecordKey = (batchId: string): string => `${batchFolder(batchId)}/batch.json`;
/** The decision whether the batch's rows may ever be sent. */
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
/** The rows that the batch skips because of earlier results. */
export const skipDecisionsKey = (batchId: string, sha256: string): string =>
  `${batchFolder(batchId)}/skips-${sha256.slice(0, 16)}.jsonl`;
/** Exists once a purge of the batch's card data has begun. */
export const purgeMarkKey = (batchId: string): string => `${batchFolder(batchId)}/purge.json`;
/** Raw gateway answers kept for a person to read, encrypted with the batch's data key. */
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
/** The shard's outcome file; its generations are in generations.ts. */
export const outcomesKey = (ref: ShardRef): string => `${shardFolder(ref)}/outcomes.jsonl`;
/**
 * What is remembered of a shard apart from its folder, so that its loss is noticed. `moment`: it was
 *  opened, or closed.
 */
export const shardWitnessKey = ({ batchId, pass, shard }: ShardRef, moment: 'opened' | 'closed'): string =>
  `${batchFolder(batchId)}/witness/pass-${pass}/shard-${shard}.${moment}`;
export const resultFiles = ['results.csv', 'unresolved.csv', 'charges.csv', 'manifest.json'] as const;
export type ResultFile = (typeof resultFiles)[number];
export const resultKey = (batchId: string, file: ResultFile): string => `${batchFolder(batchId)}/${file}`;
/** Interim results of a running batch. */
export const partialResultsKey = (batchId: string): string => `${batchFolder(batchId)}/results.partial.csv`;
/** A previous version of a result file. */
export const formerResultKey = (batchId: string, version: number, file: ResultFile): string =>
  `${batchFolder(batchId)}/former/v${version}/${file}`;
/** The first generation has no number in its name. */
export const indexKey = (merchantId: string, sha256: string, generation = 1): string =>
  `index/${merchantId}/${sha256}${generation === 1 ? '' : `.${generation}`}.json`;
/** Slots of the batch's own limit. */
export const batchSlotsFolder = (batchId: string): string => `${batchFolder(batchId)}/slots`;
/**
 * Folder shared by all batches of one gateway account. `targetFingerprint`: digest of the workers'
 * target.
 */
export const accountFolder = (targetFingerprint: string): string => `accounts/${targetFingerprint}`;
/** Slots of the account's limit. */
export const accountSlotsFolder = (targetFingerprint: string): string =>
  `${accountFolder(targetFingerprint)}/slots`;
export const accountLimitKey = (targetFingerprint: string): string =>
  `${accountFolder(targetFingerprint)}/limit.json`;
/** The batch's limits, once they were changed. */
export const batchLimitsKey = (batchId: string): string => `${batchFolder(batchId)}/limits.json`;
