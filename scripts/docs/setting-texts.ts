/*
 * The meaning of each environment variable, for docs/commands.md. A setting of src/config.ts
 * without a text is a type error; a gateway provider declares the texts of its own settings.
 */
import { readConfig, type SettingName } from '../../src/config.ts';
import type { Provider } from '../../src/gateway/provider.ts';
import * as providers from '../../src/gateway/providers.ts';
import { codeOf, tableOf } from './markdown.ts';

interface SettingText {
  readonly meaning: string;
  readonly byDefault: string;
}

const defaults = readConfig({});
const allProviders: readonly Provider[] = Object.values(providers);
const providerNames = allProviders.map(({ name }) => codeOf(name)).join(', ');

const settingTexts: Readonly<Record<SettingName, SettingText>> = {
  CARDLIFT_GATEWAY: {
    meaning: `whose gateway it is: ${providerNames}; its own settings follow`,
    byDefault: codeOf(defaults.provider.name),
  },
  CARDLIFT_HOME: { meaning: 'key, storage and embedded Temporal', byDefault: '`~/.cardlift`' },
  CARDLIFT_STORAGE: {
    meaning: "the storage's folder, or its `file://` address; every worker of a batch needs the same one",
    byDefault: '`storage` in the home',
  },
  CARDLIFT_ALLOW_NETWORK_STORAGE: {
    meaning:
      '`true`: send although the storage is on NFS, SMB, FUSE or another network file system, where rows may be charged twice',
    byDefault: '`false`',
  },
  CARDLIFT_KEY_FILE: {
    meaning: "the operator's key, which encrypts the batches' keys",
    byDefault: '`key.json` in the home',
  },
  CARDLIFT_ACCOUNT: {
    meaning:
      'your name for the gateway account; a worker gets only rows of batches started with the same name, and batches of one account share its limit',
    byDefault: codeOf(defaults.account),
  },
  CARDLIFT_RETENTION_DAYS: {
    meaning:
      'after this many days `list`, `status` and `doctor` report staged card data as due, and `purge` no longer asks whether rows are left',
    byDefault: String(defaults.retentionDays),
  },
  CARDLIFT_NOTIFY_URL: {
    meaning:
      'the address for messages of batches started without `--notify`; not visible in a list of processes',
    byDefault: 'nowhere',
  },
  CARDLIFT_LOG_LEVEL: {
    meaning: '`trace`, `debug`, `info`, `warn`, `error` or `silent`; the log goes to standard error',
    byDefault: codeOf(defaults.logLevel),
  },
  NO_COLOR: { meaning: 'any value: no colors in a terminal', byDefault: '' },
};

/** The table of the settings, including Temporal's own. */
export function createSettingsTable(): string {
  return tableOf(
    ['variable', 'meaning', 'default'],
    [
      ...rowsOf('CARDLIFT_GATEWAY'),
      ...allProviders.flatMap(rowsOfProvider),
      ...rowsOf(...otherNames),
      [
        '`TEMPORAL_ADDRESS` and [Temporal’s others](https://docs.temporal.io/develop/environment-configuration)'.replace(
          '’',
          "'",
        ),
        'a Temporal server of your own, with its namespace, TLS and API key',
        'the embedded one',
      ],
    ],
  );
}

const otherNames = (Object.keys(settingTexts) as SettingName[]).filter((name) => name !== 'CARDLIFT_GATEWAY');

function rowsOf(...names: readonly SettingName[]): string[][] {
  return names.map((name) => [codeOf(name), settingTexts[name].meaning, settingTexts[name].byDefault]);
}

function rowsOfProvider({ settings: { baseUrl, keys, timeoutMs } }: Provider): string[][] {
  return [
    [codeOf(baseUrl.name), baseUrl.meaning, `the sandbox, ${codeOf(baseUrl.sandboxUrl)}`],
    ...Object.entries(keys).map(([name, { meaning }]) => [codeOf(name), meaning, 'none; required to send']),
    [
      codeOf(timeoutMs.name),
      'how long an answer may take, in milliseconds; a batch keeps the value it was started with',
      String(timeoutMs.defaultMs),
    ],
  ];
}
