/*
 * Why a row ended unknown: a fault of its card, the death of its process, or a cut connection. The
 * reason is read from what the faults left behind, row by row. A row without one is a defect.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outcomeByFault } from '../test/support/fault-outcomes.ts';
import type { SampleRow } from '../test/support/sample-file.ts';
import type { ResultCells } from './checker.ts';
import type { GatewayProxy } from './faults/gateway-proxy.ts';

export interface ExplanationInput {
  /** The batch's folder in the storage. */
  readonly folder: string;
  readonly rows: readonly SampleRow[];
  readonly proxy: Pick<GatewayProxy, 'cut' | 'slowerThan' | 'unreadResetsAtMs' | 'resetsAfterAnswer'>;
  readonly gatewayTimeoutMs: number;
  /** The processes that were killed with SIGKILL. */
  readonly killedPids: ReadonlySet<number>;
}

/** Even on a busy machine the client has seen a reset by then. */
const aroundResetMs = 1_500;

/** The reason for a row that ended unknown, or undefined. */
export async function createExplanations(
  input: ExplanationInput,
): Promise<(row: number, cells: ResultCells) => string | undefined> {
  const { rows, proxy, gatewayTimeoutMs, killedPids } = input;
  const owners = await readOpenIntents(input.folder);
  const slow = proxy.slowerThan(gatewayTimeoutMs);
  const unreadResetsAtMs = [...proxy.unreadResetsAtMs];
  return (row, { error_code: code = '', merchant_txn_ref: ref = '', completed_at: endedAt = '' }) => {
    const fault = rows[row - 1]?.fault;
    const own = fault === undefined ? undefined : outcomeByFault[fault as keyof typeof outcomeByFault];
    if (own?.[0] === 'unknown' && own[1] === code) return 'the fault of its card';
    if (code === 'unknown_process_stopped') {
      const pid = owners.get(row);
      return pid !== undefined && killedPids.has(pid) ? 'in flight when its worker was killed' : undefined;
    }
    if (code === 'unknown_connection_lost') {
      if (proxy.cut.has(ref)) return 'its connection was cut';
      // A stopped worker loses what it has not read. A running one has finished the row by then.
      const resetAtMs = proxy.resetsAfterAnswer.get(ref);
      if (resetAtMs !== undefined && Date.parse(endedAt) >= resetAtMs) return 'its answer was reset unread';
      // Each such reset explains one row at most, and only one that ended then.
      const endedAtMs = Date.parse(endedAt);
      const index = unreadResetsAtMs.findIndex((atMs) => Math.abs(endedAtMs - atMs) < aroundResetMs);
      if (index < 0) return undefined;
      unreadResetsAtMs.splice(index, 1);
      return 'its connection was reset as it was sent';
    }
    return code === 'unknown_timeout' && slow.has(ref) ? 'its answer was later than the time-out' : undefined;
  };
}

/** The owners' pids of open intents, by row. A consolidated shard keeps no other intents. */
async function readOpenIntents(folder: string): Promise<Map<number, number>> {
  const owners = new Map<number, number>();
  for (const name of await readdir(join(folder, 'pass-1'))) {
    const intents = join(folder, 'pass-1', name, 'intents');
    for (const intent of await readdir(intents).catch(() => [])) {
      const head = await readFile(join(intents, intent), 'utf8');
      // `host:pid:…`; a head that was cut off names no owner.
      const pid = Number(/"owner":"[^"]*:(\d+):[^":]*"/.exec(head)?.[1]);
      owners.set(Number(intent.split('.')[0]), pid);
    }
  }
  return owners;
}
