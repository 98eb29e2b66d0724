import { createInterface } from 'node:readline';
import { QuestionInterruptedError } from './cli-error.ts';

/** Where a command writes: its result to standard output, everything else to standard error. */
export interface Terminal {
  /** True if standard error is a terminal, so that a line can be replaced. */
  readonly isInteractive: boolean;
  readonly columns: number;
  /** Writes the result, for people or for a script. */
  print(text: string): void;
  /** Writes a message for people. */
  report(text: string): void;
  /** Replaces the last line on a terminal; does nothing elsewhere. */
  paint(text: string): void;
  /**
   * Asks a yes or no question. The answer is no if there is no terminal, or once the signal
   * withdraws the question. Throws QuestionInterruptedError if the operator interrupts it.
   */
  confirm(question: string, signal?: AbortSignal): Promise<boolean>;
  /** The text in bold red, if the terminal shows colors. */
  alarm(text: string): string;
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
    columns: process.stderr.columns ?? 80,
    print(text) {
      wipe();
      process.stdout.write(`${text}\n`);
    },
    report(text) {
      wipe();
      process.stderr.write(`${text}\n`);
    },
    paint(text) {
      if (!isInteractive) return;
      process.stderr.write(`\r\u001b[K${text}`);
      isPainted = true;
    },
    async confirm(question, signal) {
      if (process.stdin.isTTY !== true || !isInteractive || signal?.aborted === true) return false;
      wipe();
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      const takeAway = (): void => {
        // Also removes what was typed so far.
        process.stderr.write('\r\u001b[K');
        prompt.close();
      };
      signal?.addEventListener('abort', takeAway);
      try {
        return await new Promise<boolean>((resolve, reject) => {
          prompt.once('SIGINT', () => {
            process.stderr.write('\n');
            reject(new QuestionInterruptedError('Interrupted at the prompt. Nothing was done'));
          });
          // Ctrl-D counts as no.
          prompt.once('close', () => resolve(false));
          prompt.question(`${question} [y/N] `, (answer) => resolve(/^y(es)?$/i.test(answer.trim())));
        });
      } finally {
        signal?.removeEventListener('abort', takeAway);
        prompt.close();
      }
    },
    alarm: (text) => (hasColor && isInteractive ? `\u001b[1;31m${text}\u001b[0m` : text),
  };
}
