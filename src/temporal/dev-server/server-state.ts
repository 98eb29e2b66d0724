import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const serverState = z.object({
  /**
   * `starting` is written before the process exists, so that a starter that dies leaves a trace of
   * its server.
   */
  state: z.enum(['starting', 'ready', 'stopping']),
  starterPid: z.int().positive(),
  pid: z.int().positive().optional(),
  address: z.string(),
  uiUrl: z.string(),
  namespace: z.string(),
  databaseFile: z.string(),
  /** The server outlives its users (`up`). */
  isKept: z.boolean(),
});

/** The content of `temporal.json`. Written only by the process that holds the start lock. */
export type ServerState = z.infer<typeof serverState>;

/** The file in which commands look for the embedded Temporal. */
export function stateFileOf(home: string): string {
  return path.join(home, 'temporal.json');
}

/**
 * Undefined if no server is recorded or the file is unreadable; then only the process list counts.
 */
export async function readServerState(home: string): Promise<ServerState | undefined> {
  const text = await readFile(stateFileOf(home), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return serverState.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Replaces the file atomically. */
export async function writeServerState(home: string, state: ServerState): Promise<void> {
  const draft = `${stateFileOf(home)}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, stateFileOf(home));
}

/** Records that there is no server. */
export async function removeServerState(home: string): Promise<void> {
  await rm(stateFileOf(home), { force: true });
}
