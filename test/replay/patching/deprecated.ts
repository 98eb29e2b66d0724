/* The example of docs/changing-workflows.md, once no notice from before the change is running. */
import { deprecatePatch, sleep } from '@temporalio/workflow';
import type { NoticeWorkflowInput } from '../../../src/contract/workflows.ts';
import { postNoticeWorkflow as noticeAsItIs } from '../../../src/workflows/notice-workflow.ts';

export async function postNoticeWorkflow(input: NoticeWorkflowInput): Promise<void> {
  deprecatePatch('notices-wait');
  await sleep('1 minute');
  await noticeAsItIs(input);
}
