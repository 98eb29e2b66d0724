/* What a batch cost in Temporal: its histories, and the server's own counts. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

export interface HistoryFigures {
  readonly executions: number;
  readonly events: number;
  readonly bytes: number;
}

/**
 * Sums over the executions of a namespace (all, or those matching a query), including runs before a
 * continue-as-new.
 */
export async function sumHistories(client: Client, query = ''): Promise<HistoryFigures> {
  let executions = 0;
  let events = 0;
  let bytes = 0;
  for await (const { historyLength, historySize } of client.workflow.list({ query })) {
    executions += 1;
    events += historyLength;
    bytes += historySize ?? 0;
  }
  return { executions, events, bytes };
}

const metricsSettleMs = 2_000;
/** The server logs its addresses a moment after it answers. */
const addressWaitMs = 10_000;

/** The URL of a dev server's metrics, from its log. */
export async function findMetricsUrl(logFile: string): Promise<string> {
  const deadlineMs = Date.now() + addressWaitMs;
  for (;;) {
    const [, url] = /Temporal Metrics:\s+(\S+)/.exec(await readFile(logFile, 'utf8')) ?? [];
    if (url !== undefined) return url;
    if (Date.now() > deadlineMs) throw new Error('The Temporal server’s log names no address of its metrics');
    await delay(100);
  }
}

/**
 * Billable actions of a namespace by type, as the server counts them: starts, activities with each
 * retry and heartbeat, timers, signals, updates, search attribute changes. The metrics lag by a
 * moment, so they are read once they are stable.
 */
export async function readActions(metricsUrl: string, namespace: string): Promise<Map<string, number>> {
  for (let before = ''; ; ) {
    const actions = await readActionsNow(metricsUrl, namespace);
    const now = JSON.stringify([...actions]);
    if (now === before) return actions;
    before = now;
    await delay(metricsSettleMs);
  }
}

async function readActionsNow(metricsUrl: string, namespace: string): Promise<Map<string, number>> {
  const text = await (await fetch(metricsUrl)).text();
  const actions = new Map<string, number>();
  for (const [, labels = '', count = ''] of text.matchAll(/^action\{([^}]*)\} (\S+)$/gm)) {
    if (!labels.includes(`namespace="${namespace}"`)) continue;
    const [, type = ''] = /action_type="([^"]*)"/.exec(labels) ?? [];
    actions.set(type, (actions.get(type) ?? 0) + Number(count));
  }
  return actions;
}
