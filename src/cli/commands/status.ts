import type { Command } from 'commander';
import { type CliContext, openContext } from '../cli-context.ts';
import { findBatch } from '../../operations/lookups/find-batch.ts';
import { lastHoldOf } from '../../operations/lookups/last-hold.ts';
import { readRetention } from '../../operations/retention.ts';
import { readAudit } from '../../storage/audit-log.ts';
import { findLatestPass } from '../../storage/pass-plan.ts';
import { mayHaveSent } from '../../storage/send-decision.ts';
import { readOverview, withTemporalIfAny } from '../batch-overview.ts';
import { describeRunAgain } from '../../operations/run-again.ts';
import { statusAsJson } from '../output/status-json.ts';
import { describeStatus } from '../output/status-text.ts';
import { describePage } from '../output/temporal-page.ts';

interface StatusOptions {
  readonly audit?: true;
  readonly json?: true;
}

/** How many lines of the audit log `status` shows without `--audit`. */
const lastAuditLines = 5;

/** Adds `cardlift status BATCH`. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .argument('<batch>', "the batch's id, or the start of its name")
    .summary('show the state of a batch and the end of its audit log')
    .option('--audit', 'show the whole audit log')
    .option('--json', 'print the state as JSON')
    .action((batch: string, options: StatusOptions) => showStatus(openContext(), batch, options));
}

async function showStatus(context: CliContext, text: string, { json, audit }: StatusOptions): Promise<void> {
  const storage = await context.storage();
  const record = await findBatch(storage, text);
  const { batchId } = record;
  await withTemporalIfAny(context, async (access) => {
    const overview = await readOverview(storage, record, access);
    const retention = await readRetention(context, record);
    const log = await readAudit(storage, batchId);
    const nowMs = Date.now();
    const auditLines = audit === true ? undefined : lastAuditLines;
    const isKnown =
      overview.progress !== undefined || overview.status === 'finished' || overview.status === 'cancelled';
    const lastHold = isKnown ? undefined : lastHoldOf(log);
    if (json === true) {
      const status = statusAsJson(overview, retention, log, auditLines, lastHold, nowMs);
      context.terminal.print(JSON.stringify(status));
      return;
    }
    context.terminal.print(
      describeStatus({
        record,
        overview,
        retention,
        lastHold,
        commands: {
          runAgain: describeRunAgain(record, await findLatestPass(storage, batchId)),
          mayHaveSent: await mayHaveSent(storage, batchId),
        },
        page: access === undefined ? undefined : describePage(access, batchId),
        log,
        auditLines,
        nowMs,
      }),
    );
  });
}
