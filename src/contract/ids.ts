/** The longest merchant id in the gateway's API, in characters. */
const merchantIdMaxLength = 128;
const batchNameMaxLength = 100;
const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** True for a merchant id that can name a folder and a workflow: letters, digits, `.`, `-`, `_`. */
export function isMerchantId(text: string): boolean {
  return text.length <= merchantIdMaxLength && namePattern.test(text);
}

/**
 * True for a batch name: letters, digits, `.`, `-`, `_`, no leading dot, at most 100 characters.
 */
export function isBatchName(text: string): boolean {
  return text.length <= batchNameMaxLength && namePattern.test(text);
}

/** The batch's id, which is also the id of its workflow. */
export function batchIdOf(merchantId: string, batchName: string): string {
  return `cardlift/${merchantId}/${batchName}`;
}

/** The two parts of a batch id, or undefined if the text is not one. */
export function parseBatchId(batchId: string): { merchantId: string; batchName: string } | undefined {
  const [prefix, merchantId = '', batchName = '', ...rest] = batchId.split('/');
  if (prefix !== 'cardlift' || rest.length > 0 || !isMerchantId(merchantId) || !isBatchName(batchName)) {
    return undefined;
  }
  return { merchantId, batchName };
}

/** The id of the child workflow of one shard in one pass. */
export function shardWorkflowIdOf(batchId: string, pass: number, shard: number): string {
  return `${batchId}/pass-${pass}/shard-${shard}`;
}

/** The queue of the batch's and the shards' workflow tasks. */
export function workflowQueueOf(targetFingerprint: string): string {
  return `cardlift-${targetFingerprint}`;
}

/**
 * The queue of the activities. A worker with another target polls another queue, so it never gets a
 * row of this batch.
 */
export function activityQueueOf(targetFingerprint: string): string {
  return `cardlift-${targetFingerprint}-rows`;
}
