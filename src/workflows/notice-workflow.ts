import { proxyActivities } from '@temporalio/workflow';
import type { CardliftActivities } from '../contract/activities.ts';
import { noticeWorkflowInput } from '../contract/message-checks.ts';
import type { NoticeWorkflowInput } from '../contract/workflows.ts';
import { requireInput } from './shape-checks.ts';

/**
 * Posts one notice of a batch, in its own workflow: the batch neither waits for it nor fails with
 * it, and it continues after the batch has ended. A receiver that is down for an hour misses the
 * notice.
 */
export async function postNoticeWorkflow(given: NoticeWorkflowInput): Promise<void> {
  requireInput(noticeWorkflowInput, given);
  const { activityQueue, ...input } = given;
  const { postNotice } = proxyActivities<Pick<CardliftActivities, 'postNotice'>>({
    taskQueue: activityQueue,
    startToCloseTimeout: '20s',
    scheduleToCloseTimeout: '1 hour',
    retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
  await postNotice(input);
}
