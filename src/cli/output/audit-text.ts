import type { AuditLine, AuditLog } from '../../storage/audit-log.ts';

/** The last lines of an audit log, the newest last. All lines if `most` is undefined. */
export function describeAudit(log: AuditLog, most?: number): string[] {
  const shown = most === undefined ? log.lines : log.lines.slice(-most);
  const left = log.lines.length - shown.length;
  return [
    ...(left > 0 ? [`… ${left} earlier: --audit shows them`] : []),
    ...shown.map(describeLine),
    ...(log.damagedLines.length === 0
      ? []
      : [`WARNING: something other than Cardlift changed this log (line ${log.damagedLines.join(', ')}`]),
  ];
}

function describeLine({ at, who, act, reason, details }: AuditLine): string {
  const about = Object.entries(details ?? {}).map(([name, value]) => `${name} ${value}`);
  const what = about.length === 0 ? act : `${act} (${about.join(', ')})`;
  return `${at.slice(0, 19)}Z  ${who}  ${what}${reason === undefined ? '' : `: ${reason}`}`;
}
