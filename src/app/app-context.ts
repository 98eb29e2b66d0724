/*
 * What every operation works with: the settings, the storage, the operator and their key. It has no
 * terminal, since each front end has its own.
 */
import { hostname, userInfo } from 'node:os';
import { type Config, readConfig } from '../config.ts';
import { createLogger, type Logger } from '../logger.ts';
import { type OperatorKey, readOrCreateKeyFile } from '../storage/key-file.ts';
import type { FileSystemTypeReader } from '../storage/local/file-system-type.ts';
import { openLocalStorage } from '../storage/local/local-storage.ts';
import type { Storage } from '../storage/storage.ts';

export interface AppContext {
  readonly config: Config;
  readonly logger: Logger;
  /** The person on whose behalf operations act, for the audit log: `user@host`. */
  readonly operator: string;
  /** Reads the type of a file system, for tests; absent: from the operating system. */
  readonly fileSystemType?: FileSystemTypeReader;
  /** Opens the storage on the first call. */
  storage(): Promise<Storage>;
  /** The key that protects the data keys. Created if it is missing. Throws KeyFileError. */
  operatorKey(): Promise<OperatorKey>;
}

export interface AppEvents {
  /** A new key was created in this file. The operator should keep a copy. */
  readonly onNewKey?: (keyFile: string) => void;
}

/** The context of this process. Throws ConfigError. */
export function openAppContext({ onNewKey }: AppEvents = {}): AppContext {
  const config = readConfig();
  let storage: Promise<Storage> | undefined;
  let key: Promise<OperatorKey> | undefined;
  const operatorKey = (): Promise<OperatorKey> => {
    key ??= readOrCreateKeyFile(config.keyFile).then((made) => {
      if (made.isNew) onNewKey?.(config.keyFile);
      return made;
    });
    return key;
  };
  return {
    config,
    logger: createLogger(config.logLevel),
    operator: processOperator(),
    storage: () => {
      storage ??= openLocalStorage(config.storageFolder, operatorKey);
      return storage;
    },
    operatorKey,
  };
}

export function processOperator(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user id without a name.
    return 'unknown';
  }
}
