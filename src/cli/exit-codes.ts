/** What a command's end says to the script that called it. */
export const exitCodes = {
  /** Every row is tokenized or skipped; or the command did what it was asked. */
  ok: 0,
  /** The batch ended with rows that are not. */
  rowsLeft: 1,
  /** Wrong use, or a refused file. */
  usage: 2,
  /** The batch is on hold, or was cancelled. */
  stopped: 3,
  /** The engine failed: Temporal, the storage, a worker. */
  engine: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
