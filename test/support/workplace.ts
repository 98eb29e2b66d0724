import { join } from 'node:path';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Workplace } from '../../src/cli/workplace.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { readOrCreateKeyFile } from '../../src/storage/key-file.ts';
import { openLocalStorage } from '../../src/storage/local/local-storage.ts';

const silentTerminal: Terminal = {
  isInteractive: false,
  hasColor: false,
  columns: 80,
  print: () => undefined,
  tell: () => undefined,
  paint: () => undefined,
  confirm: () => Promise.resolve(false),
};

/** A workplace below a folder, in this process, for a simulator with its usual keys. Says nothing. */
export function createWorkplace(folder: string, baseUrl: string): Workplace {
  const config = readConfig({
    CARDLIFT_HOME: join(folder, 'home'),
    CARDLIFT_STORAGE: join(folder, 'storage'),
    PAYMENT_OPTIONS_BASE_URL: baseUrl,
    PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
    PAYMENT_OPTIONS_X_API_KEY: 'simulator',
    PAYMENT_OPTIONS_TIMEOUT_MS: '1000',
    CARDLIFT_LOG_LEVEL: 'silent',
  });
  const storage = openLocalStorage(config.storageFolder);
  const operatorKey = readOrCreateKeyFile(config.keyFile);
  return {
    config,
    terminal: silentTerminal,
    logger: createLogger(config.logLevel),
    storage: () => storage,
    operatorKey: () => operatorKey,
  };
}
