/*
 * Posts a batch's notice to the operator's URL. The URL may itself be a secret (chat services use
 * such URLs), so it is stored encrypted in the batch's record, and no failure names it.
 */
import type { BatchNotice, PostNoticeInput } from '../contract/notice.ts';
import { rowOutcomes } from '../contract/outcome.ts';
import { decryptNotifyUrl } from '../storage/encrypted-notify-url.ts';
import type { BatchAccess } from './batch-access.ts';
import { noticeNotTaken } from './failures.ts';

/** A receiver that takes longer counts as unreachable. The notice is retried. */
const answerTimeoutMs = 10_000;

export function createPostNotice(openBatch: BatchAccess) {
  return async function postNotice({ batchId, notice }: PostNoticeInput): Promise<void> {
    const { record, dataKey } = await openBatch(batchId);
    const url = decryptNotifyUrl(record, dataKey);
    if (url === undefined) return;
    const status = await post(url, JSON.stringify(bodyOf(notice, record.merchantId)));
    if (status >= 200 && status < 300) return;
    throw noticeNotTaken(`HTTP ${status}`, isWorthTryingAgain(status));
  };
}

async function post(url: string, body: string): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      // A redirect could lead to a host that the operator did not choose.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    // The error's message may contain the address.
    throw noticeNotTaken('no answer', true);
  }
}

/** A receiver that is overloaded or broken may recover. One that refuses will refuse again. */
function isWorthTryingAgain(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** The documented format. Chat services display `text` as it is. */
function bodyOf(notice: BatchNotice, merchantId: string): object {
  const { event, batchId, pass, phase, isLive, rows, outcomes, hold, at } = notice;
  return {
    text: describeNotice(notice),
    event,
    batch_id: batchId,
    merchant_id: merchantId,
    pass,
    phase,
    is_live: isLive,
    rows,
    outcomes: Object.fromEntries(rowOutcomes.map((outcome) => [outcome, outcomes[outcome] ?? 0])),
    hold: hold ?? null,
    at,
  };
}

function describeNotice({ event, batchId, phase, isLive, rows, outcomes, hold }: BatchNotice): string {
  const counts = rowOutcomes.flatMap((outcome) => {
    const count = outcomes[outcome] ?? 0;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  const name = `Cardlift ${isLive ? 'LIVE' : 'sandbox'} batch ${batchId}`;
  const so = counts.length === 0 ? '' : `: ${counts.join(', ')}`;
  switch (event) {
    case 'start':
      return `${name} started with ${rows} rows`;
    case 'hold':
      return `${name} ${phase === 'waiting_for_approval' ? 'waits for approval' : 'is on hold'}: ${hold?.text ?? ''}`;
    case 'end':
      return `${name} is ${phase}, ${rows} rows${so}`;
  }
}
