import type { Command } from 'commander';
import { withTemporalIfAny } from '../../operations/batch-session.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { readBatchDetails } from '../../operations/lookups/status-details.ts';
import { type CliContext, openContext } from '../cli-context.ts';
import { statusAsJson } from '../output/status-json.ts';
import { describeStatus } from '../output/status-text.ts';
import { describePage } from '../output/temporal-page.ts';

interface StatusOptions {
  readonly audit?: true;
  readonly json?: true;
}

/** The number of audit lines that `status` prints without `--audit`. */
const lastAuditLines = 5;

export function defineStatus(command: Command): void {
  command
    .option('--audit', 'show the whole audit log')
    .option('--json', 'print the state as JSON')
    .action((batch: string, options: StatusOptions) => showStatus(openContext(), batch, options));
}

async function showStatus(context: CliContext, text: string, { json, audit }: StatusOptions): Promise<void> {
  const { terminal } = context;
  const record = await findBatch(await context.storage(), text);
  await withTemporalIfAny(context, terminal.report, async (access) => {
    const details = await readBatchDetails(context, record, access);
    const { overview, retention, log, lastHold } = details;
    const nowMs = Date.now();
    const auditLines = audit === true ? undefined : lastAuditLines;
    if (json === true) {
      const status = statusAsJson(overview, retention, log, auditLines, lastHold, nowMs);
      terminal.print(JSON.stringify(status));
      return;
    }
    terminal.print(
      describeStatus({
        ...details,
        page: access === undefined ? undefined : describePage(access, record.batchId),
        auditLines,
        nowMs,
      }),
    );
  });
}
