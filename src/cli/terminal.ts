import { createInterface } from 'node:readline';
import { QuestionInterruptedError } from './cli-error.ts';

/** Where a command writes: answers to standard output, everything on the way there to standard error. */
export interface Terminal {
  /** True where the operator sits before standard error and can see a line change. */
  readonly isInteractive: boolean;
  readonly columns: number;
  /** An answer, for people or for a script. */
  print(text: string): void;
  /** A word on the way, for people. */
  report(text: string): void;
  /** Replaces the last line on a terminal; nothing elsewhere. */
  paint(text: string): void;
  /** Asks for yes or no; no if no one can answer, or once the signal takes the question away. Throws QuestionInterruptedError if the operator interrupts it. */
  confirm(question: string, signal?: AbortSignal): Promise<boolean>;
  /** The text in a colour that nobody overlooks, where colours are shown. */
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
        // With what was typed of an answer.
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
          // Ctrl-D: nobody says yes.
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
