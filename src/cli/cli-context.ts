/* What a command works with: the context of its operations, and the operator's terminal. */
import { type AppContext, openAppContext } from '../app/app-context.ts';
import { createTerminal, type Terminal } from './terminal.ts';

export interface CliContext extends AppContext {
  readonly terminal: Terminal;
}

/** The context of this process. Throws ConfigError. */
export function openContext(): CliContext {
  const context = openAppContext({
    onNewKey: (keyFile) =>
      terminal.report(
        `Created a new key for encrypting card data: ${keyFile}\nKeep a copy outside the storage. Without the key, staged rows cannot be read.`,
      ),
  });
  const terminal = createTerminal(context.config.hasColor);
  return { ...context, terminal };
}
