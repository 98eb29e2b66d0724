import type { AppContext } from '../app/app-context.ts';
import { readTargetFingerprint } from '../app/target.ts';
import type { BatchRecord } from '../storage/batch-record.ts';
import { mayHaveSent } from '../storage/send-decision.ts';
import { OperationRefused } from './errors.ts';

/**
 * Refuses a gateway or account other than the one that the batch was started for. Throws
 * OperationRefused.
 */
export async function refuseOtherTarget(context: AppContext, record: BatchRecord): Promise<void> {
  if ((await readTargetFingerprint(context, record.isLive)) === record.targetFingerprint) return;
  const { batchId, baseUrl } = record;
  const isUnsent = !(await mayHaveSent(await context.storage(), batchId));
  throw new OperationRefused(
    'invalid',
    `The batch ${batchId} was started with other settings (gateway ${baseUrl}). Set CARDLIFT_GATEWAY, ${context.config.provider.settings.baseUrl.name}, CARDLIFT_ACCOUNT and --live as they were then${isUnsent ? `. Nothing was sent yet, so you can also cancel it and start the file again:\n  cardlift cancel ${batchId}` : ''}`,
  );
}
