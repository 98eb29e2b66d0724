/*
 * The example of docs/changing-workflows.md, made safe: only notices that start after the change
 * wait.
 */
import { patched, sleep } from '@temporalio/workflow';
import type { NoticeWorkflowInput } from '../../../src/contract/workflows.ts';
import { postNoticeWorkflow as noticeAsItIs } from '../../../src/workflows/notice-workflow.ts';

export async function postNoticeWorkflow(input: NoticeWorkflowInput): Promise<void> {
  if (patched('notices-wait')) await sleep('1 minute');
  await noticeAsItIs(input);
}
