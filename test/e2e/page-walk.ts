import assert from 'node:assert/strict';
import { isOutputOf, type PageCommand } from '../support/page-commands.ts';
import type { ShellSession } from './shell-session.ts';

/**
 * Types a page's commands into a shell, one after another, and compares their output with the page.
 * A command must exit with 0, unless the page asks for its exit code right after it.
 */
export async function walkPage(shell: ShellSession, commands: readonly PageCommand[]): Promise<void> {
  for (const [index, { line, text, output: shown }] of commands.entries()) {
    const { exitCode, output } = await shell.run(text);
    const place = `line ${line}: ${text.split('\n')[0]}`;
    if (shown !== undefined) {
      assert.ok(isOutputOf(shown, output), `${place}\n--- the page shows\n${shown}\n--- it gave\n${output}`);
    }
    if (commands[index + 1]?.text !== 'echo $?') {
      assert.equal(exitCode, 0, `${place} ended with ${exitCode}:\n${output}`);
    }
  }
}
