import { join } from 'node:path';
import type { CliContext } from '../../src/cli/cli-context.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { readOrCreateKeyFile } from '../../src/storage/key-file.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';

const silentTerminal: Terminal = {
  isInteractive: false,
  columns: 80,
  print: () => undefined,
  report: () => undefined,
  paint: () => undefined,
  confirm: () => Promise.resolve(false),
  alarm: (text) => text,
};

/** A terminal that keeps what it is given. */
export function createKeepingTerminal(): Terminal & {
  readonly printed: string[];
  readonly reported: string[];
} {
  const printed: string[] = [];
  const reported: string[] = [];
  return {
    ...silentTerminal,
    printed,
    reported,
    print: (text) => void printed.push(text),
    report: (text) => void reported.push(text),
  };
}

/**
 * A context below a folder, in this process, for a simulator with its usual keys. Prints nothing.
 */
export function createTestContext(
  folder: string,
  baseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): CliContext {
  const config = readConfig({
    CARDLIFT_HOME: join(folder, 'home'),
    CARDLIFT_STORAGE: join(folder, 'storage'),
    PAYMENT_OPTIONS_BASE_URL: baseUrl,
    PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
    PAYMENT_OPTIONS_X_API_KEY: 'simulator',
    PAYMENT_OPTIONS_TIMEOUT_MS: '1000',
    CARDLIFT_LOG_LEVEL: 'silent',
    ...environment,
  });
  let storage: ReturnType<typeof openLocalStorage> | undefined;
  let operatorKey: ReturnType<typeof readOrCreateKeyFile> | undefined;
  const readKey: CliContext['operatorKey'] = () => {
    operatorKey ??= readOrCreateKeyFile(config.keyFile);
    return operatorKey;
  };
  return {
    config,
    terminal: silentTerminal,
    logger: createLogger(config.logLevel),
    operator: 'mia@desk',
    storage: () => {
      storage ??= openLocalStorage(config.storageFolder, readKey);
      return storage;
    },
    operatorKey: readKey,
  };
}
