/* The keys of the storage: the one place that knows the path of each file. */
import { isMerchantId, parseBatchId } from '../contract/ids.ts';
import { isCount } from '../contract/shapes.ts';
import type { ShardRef } from './storage.ts';

/**
 * A number in a key. A string given by hand as a pass or a shard could otherwise name a folder
 * outside of the storage. Every key builder checks what it is given, as these two do.
 */
function numberIn(number: number): number {
  if (!isCount(number)) throw new Error('Cannot locate a file: its number is not a whole number from 1');
  return number;
}

/** One part of a key: no slash, no leading dot. */
function nameIn(name: string): string {
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) {
    throw new Error('Cannot locate a file: a part of its name is invalid');
  }
  return name;
}

export const storageIdKey = 'storage.json';
export const batchesFolder = 'batches';

/**
 * The folder of a batch. Throws if the text is not a batch id, so that no key leaves the storage's
 * root.
 */
export function batchFolder(batchId: string): string {
  // A payload by hand may hold anything.
  const parts = typeof batchId === 'string' ? parseBatchId(batchId) : undefined;
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
  `${auditFolder(batchId)}/${String(numberIn(line)).padStart(6, '0')}.json`;
export const stagingFolder = (batchId: string): string => `${batchFolder(batchId)}/staging`;
/** What one attempt to stage the batch wrote. */
export const stagingAttemptFolder = (batchId: string, attempt: string): string =>
  `${stagingFolder(batchId)}/${nameIn(attempt)}`;
export const stagedShardKey = (batchId: string, attempt: string, shard: number): string =>
  `${stagingAttemptFolder(batchId, attempt)}/shard-${numberIn(shard)}.enc`;
export const stagedDigestsKey = (batchId: string, attempt: string): string =>
  `${stagingAttemptFolder(batchId, attempt)}/digests`;
/** Names the attempt that counts. `dataKeyTag`: the data key that the attempt encrypted with. */
export const stagingSummaryKey = (batchId: string, dataKeyTag: string): string =>
  `${stagingFolder(batchId)}/${nameIn(dataKeyTag)}.summary.json`;
/** Fingerprints survive a purge, so they are not part of the staging. */
export const fingerprintsFolder = (batchId: string): string => `${batchFolder(batchId)}/fingerprints`;
export const fingerprintsKey = (batchId: string, attempt: string): string =>
  `${fingerprintsFolder(batchId)}/${nameIn(attempt)}.txt`;
/** Names the attempt whose fingerprints count. */
export const fingerprintsHeadKey = (batchId: string): string => `${batchFolder(batchId)}/fingerprints.json`;
/** The rows that the batch skips because of earlier results. */
export const skipDecisionsKey = (batchId: string, sha256: string): string =>
  `${batchFolder(batchId)}/skips-${nameIn(sha256).slice(0, 16)}.jsonl`;
/** Plans of later passes, resolutions and purges, numbered from 1. */
export const decisionsFolder = (batchId: string): string => `${batchFolder(batchId)}/decisions`;
export const decisionKey = (batchId: string, number: number): string =>
  `${decisionsFolder(batchId)}/${String(numberIn(number)).padStart(6, '0')}.json`;
/** The last purge that was carried out to its end. */
export const purgeMarkKey = (batchId: string): string => `${batchFolder(batchId)}/purge.json`;
/** Raw gateway answers kept for a person to read, encrypted with the batch's data key. */
export const rawAnswersFolder = (batchId: string): string => `${batchFolder(batchId)}/answers`;
export const rawAnswerKey = (batchId: string, merchantTxnRef: string): string =>
  `${rawAnswersFolder(batchId)}/${nameIn(merchantTxnRef)}.enc`;
export const passFolder = (batchId: string, pass: number): string =>
  `${batchFolder(batchId)}/pass-${numberIn(pass)}`;
export const passStagingFolder = (batchId: string, pass: number, name: string): string =>
  `${passFolder(batchId, pass)}/${nameIn(name)}`;
/** The wrapped data key of a later pass's staging. Without it the staging cannot be decrypted. */
export const passStagingKeyKey = (batchId: string, pass: number, name: string): string =>
  `${passStagingFolder(batchId, pass, name)}/key.json`;
export const shardFolder = ({ batchId, pass, shard }: ShardRef): string =>
  `${passFolder(batchId, pass)}/shard-${numberIn(shard)}`;
/** The shard's outcome file; its generations are in generations.ts. */
export const outcomesKey = (ref: ShardRef): string => `${shardFolder(ref)}/outcomes.jsonl`;
/**
 * What is remembered of a shard apart from its folder, so that its loss is noticed. `moment`: it
 * was opened, or closed.
 */
export const shardWitnessKey = ({ batchId, pass, shard }: ShardRef, moment: 'opened' | 'closed'): string =>
  `${batchFolder(batchId)}/witness/pass-${numberIn(pass)}/shard-${numberIn(shard)}.${moment}`;
export const resultFiles = ['results.csv', 'unresolved.csv', 'charges.csv', 'manifest.json'] as const;
export type ResultFile = (typeof resultFiles)[number];
export const resultKey = (batchId: string, file: ResultFile): string => `${batchFolder(batchId)}/${file}`;
/** The publications of the results, numbered from 1. The highest one counts. */
export const publicationsFolder = (batchId: string): string => `${batchFolder(batchId)}/publications`;
export const publicationKey = (batchId: string, number: number): string =>
  `${publicationsFolder(batchId)}/${String(numberIn(number)).padStart(6, '0')}.json`;
/** Interim results of a running batch. */
export const partialResultsKey = (batchId: string): string => `${batchFolder(batchId)}/results.partial.csv`;
/** A previous version of a result file. */
export const formerResultKey = (batchId: string, version: number, file: ResultFile): string =>
  `${batchFolder(batchId)}/former/v${numberIn(version)}/${file}`;
/** The first generation has no number in its name. */
export function indexKey(merchantId: string, sha256: string, generation = 1): string {
  if (!isMerchantId(nameIn(merchantId)))
    throw new Error('Cannot locate the index: the merchant id is invalid');
  const suffix = numberIn(generation) === 1 ? '' : `.${generation}`;
  return `index/${merchantId}/${nameIn(sha256)}${suffix}.json`;
}
/** Slots of the batch's own limit. */
export const batchSlotsFolder = (batchId: string): string => `${batchFolder(batchId)}/slots`;
/**
 * Folder shared by all batches of one gateway account. `targetFingerprint`: digest of the workers'
 * target.
 */
export const accountFolder = (targetFingerprint: string): string => `accounts/${nameIn(targetFingerprint)}`;
/** Slots of the account's limit. */
export const accountSlotsFolder = (targetFingerprint: string): string =>
  `${accountFolder(targetFingerprint)}/slots`;
export const accountLimitKey = (targetFingerprint: string): string =>
  `${accountFolder(targetFingerprint)}/limit.json`;
/** The batch's limits, once they were changed. */
export const batchLimitsKey = (batchId: string): string => `${batchFolder(batchId)}/limits.json`;
