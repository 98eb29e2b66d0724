import { createInterface } from 'node:readline/promises';

/** Where a command writes: answers to standard output, everything on the way there to standard error. */
export interface Terminal {
  /** True where the operator sits before standard error and can see a line change. */
  readonly isInteractive: boolean;
  readonly hasColor: boolean;
  readonly columns: number;
  /** An answer, for people or for a script. */
  print(text: string): void;
  /** A word on the way, for people. */
  tell(text: string): void;
  /** Replaces the last line on a terminal; nothing elsewhere. */
  paint(text: string): void;
  /** Asks for yes or no; no where nobody can answer. */
  confirm(question: string): Promise<boolean>;
}

/** The process's own terminal. */
export function createTerminal(hasColor: boolean): Terminal {
  const isInteractive = process.stderr.isTTY === true;
  let isPainted = false;
  const wipe = (): void => {
    if (isPainted) process.stderr.write('\r\u001b[K');
    isPainted = false;
  };
  return {
    isInteractive,
    hasColor: hasColor && isInteractive,
    columns: process.stderr.columns ?? 80,
    print(text) {
      wipe();
      process.stdout.write(`${text}\n`);
    },
    tell(text) {
      wipe();
      process.stderr.write(`${text}\n`);
    },
    paint(text) {
      if (!isInteractive) return;
      process.stderr.write(`\r\u001b[K${text}`);
      isPainted = true;
    },
    async confirm(question) {
      if (process.stdin.isTTY !== true || !isInteractive) return false;
      wipe();
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
      } finally {
        prompt.close();
      }
    },
  };
}
