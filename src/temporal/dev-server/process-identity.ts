import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Identifies a process reliably: the system may reuse a pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time of the process, in the system's own format; only compared. */
  readonly began: string;
}

/** The identity of `pid`, or undefined if no such process is alive (a zombie is not). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform !== 'linux') {
    const line = await readPs(['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [, state, began] = /^(\S+)\s+(.+)$/.exec(line.trim()) ?? [];
    return state === undefined || began === undefined || state.startsWith('Z') ? undefined : { pid, began };
  }
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, which may itself contain blanks and
  // parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, began] = [fields[0], fields[19]];
  return began === undefined || state === 'Z' || state === 'X' ? undefined : { pid, began };
}

/** True if exactly this process is still alive. */
export async function isProcessAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.began === identity.began;
}

/**
 * The command line (arguments joined by blanks) of `pid`, or of every process, by pid. Processes
 * that ended meanwhile are omitted.
 */
export async function listCommandLines(pid?: number): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  if (process.platform === 'linux') {
    const pids =
      pid === undefined ? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number) : [pid];
    for (const each of pids) {
      const line = await readFile(`/proc/${each}/cmdline`, 'utf8').catch(() => '');
      if (line !== '') found.set(each, line.replaceAll('\0', ' ').trim());
    }
    return found;
  }
  const which = pid === undefined ? ['-ax'] : ['-p', String(pid)];
  for (const line of (await readPs(['-ww', '-o', 'pid=,command=', ...which])).split('\n')) {
    const [, number, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    if (number !== undefined && command !== undefined) found.set(Number(number), command);
  }
  return found;
}

/** `ps` fails if no such process exists; that is also an answer. */
async function readPs(args: readonly string[]): Promise<string> {
  const answer = await run('ps', [...args], { maxBuffer: 16 * 1024 * 1024, env: { LC_ALL: 'C' } }).catch(
    (error: unknown) => {
      if ((error as { code?: unknown }).code === 1) return { stdout: '' };
      throw error;
    },
  );
  return answer.stdout;
}
