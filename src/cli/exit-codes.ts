/** The exit codes of all commands. */
export const exitCodes = {
  /** Every row is tokenized or skipped, or the command succeeded. */
  ok: 0,
  /** The batch ended with rows that are neither. */
  rowsLeft: 1,
  /** Wrong usage, or a refused file. */
  usage: 2,
  /** The batch is on hold, or was cancelled. */
  stopped: 3,
  /** The engine failed: Temporal, the storage, a worker. */
  engine: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
