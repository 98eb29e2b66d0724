/*
 * The second half of a launch: creates the batch's record, or continues the open batch of the same
 * content.
 */

import { basename } from 'node:path';
import type { AppContext } from '../../app/app-context.ts';
import { readTargetFingerprint } from '../../app/target.ts';
import { definedOf } from '../../domain/defined.ts';
import { type BatchRecord, wrapNewDataKey } from '../../storage/batch-record.ts';
import { tagOf } from '../../storage/batch-tag.ts';
import { auditStart, claimBatch, type LaunchedBatch } from './claim.ts';
import { cancelIfOverlapped, type LaunchConsent, refuseUnseen, refuseWithoutConsent } from './consent.ts';
import { refuseOtherLaunch } from './open-batch.ts';
import type { LaunchPlan, NewBatchPlan } from './prepare.ts';

/**
 * Carries the plan out. Of several launches of one content, one creates the batch. The others find
 * it and are checked against it again. Throws OperationRefused.
 */
export async function commitLaunch(
  context: AppContext,
  plan: LaunchPlan,
  consent: LaunchConsent = {},
): Promise<LaunchedBatch> {
  const storage = await context.storage();
  if (plan.kind === 'open_batch') {
    await auditStart(storage, plan.record);
    return { record: plan.record, isNew: false };
  }
  refuseWithoutConsent(plan, consent);
  await refuseUnseen(storage, plan, consent);
  const record = await createRecord(context, plan);
  const notifyUrl = plan.request.notifyUrl ?? context.config.notifyUrl;
  const claimed = await claimBatch(context, record, notifyUrl, plan.skip);
  if (claimed.isNew) {
    await cancelIfOverlapped(context, claimed.record, plan, consent);
    return claimed;
  }
  await refuseOtherLaunch(context, claimed.record, plan);
  await auditStart(storage, claimed.record);
  return claimed;
}

async function createRecord(context: AppContext, plan: NewBatchPlan): Promise<BatchRecord> {
  const { batchId, preview, request, reading, isLive, ratePerS } = plan;
  const storage = await context.storage();
  return {
    version: 1,
    batchId,
    merchantId: request.merchantId,
    createdAt: plan.preparedAt,
    createdBy: context.operator,
    file: {
      path: request.path,
      name: basename(request.path),
      bytes: preview.bytes,
      sha256: preview.sha256,
      rows: preview.rows,
    },
    ...definedOf({ amount: request.amount, currency: request.currency }),
    ...definedOf({ ratePerS, concurrency: request.concurrency }),
    ...reading,
    isLive,
    ...definedOf({
      window: request.window,
      canaryRows: request.canaryRows,
      tolerancePercent: request.tolerancePercent,
    }),
    gatewayTimeoutMs: context.config.gatewayTimeoutMs,
    baseUrl: context.config.baseUrl.url,
    targetFingerprint: await readTargetFingerprint(context, isLive),
    tag: tagOf(storage.id, batchId),
    dataKey: wrapNewDataKey(await context.operatorKey(), batchId),
  };
}
