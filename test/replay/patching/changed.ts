/*
 * The example of docs/changing-workflows.md: each notice waits a minute, so that a receiver can
 * batch them.
 */
import { sleep } from '@temporalio/workflow';
import type { NoticeWorkflowInput } from '../../../src/contract/workflows.ts';
import { postNoticeWorkflow as noticeAsItIs } from '../../../src/workflows/notice-workflow.ts';

/** Wrong: the history of a running notice has no such timer. */
export async function postNoticeWorkflow(input: NoticeWorkflowInput): Promise<void> {
  await sleep('1 minute');
  await noticeAsItIs(input);
}
