/*
 * The types of the failures that reach Temporal. Workflows and commands distinguish failures by
 * them, and histories store them: a type may be added, not renamed.
 */

/** The batch must hold. The reason is in the details; a row that caused it was not processed. */
export const batchHoldFailure = 'BatchHold';
/** A row was certainly not processed. Temporal sends it again. */
export const notProcessedFailure = 'NotProcessed';
/** The row's slot is too far away to wait for it in an activity. Nothing was sent. */
export const slotWaitFailure = 'SlotWait';
/** Another run of the shard has closed it, so the row has its outcome or gets it there. */
export const shardSealedFailure = 'ShardSealed';
/** The worker is set up for another gateway, account, mode or storage than the batch. */
export const wrongTargetFailure = 'WrongTarget';
/** The receiver of notices did not accept one. */
export const noticeNotTakenFailure = 'NoticeNotTaken';
/** A line of the audit log could not be written. Temporal tries again. */
export const auditNotWrittenFailure = 'AuditNotWritten';

/** A workflow or an activity was given an input that is not of its shape. Nothing was done. */
export const invalidInputFailure = 'InvalidInput';

/** A validator refused an update: the batch is in no state for it, or a value is wrong. */
export const controlRefusedFailure = 'ControlRefused';
/** A validator refused an update, and only a cancel can end the hold. */
export const cancelOnlyFailure = 'CancelOnly';
