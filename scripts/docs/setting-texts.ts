/* The meaning of each environment variable, for docs/commands.md. A setting of src/config.ts without a text is a type error. */
import { readConfig, type SettingName } from '../../src/config.ts';
import { sandboxBaseUrl } from '../../src/gateway/base-url.ts';
import { codeOf, tableOf } from './markdown.ts';

interface SettingText {
  readonly meaning: string;
  readonly byDefault: string;
}

const defaults = readConfig({});

const settingTexts: Readonly<Record<SettingName, SettingText>> = {
  PAYMENT_OPTIONS_BASE_URL: {
    meaning: 'the gateway, without `/api/v1`; https, except on this machine',
    byDefault: `the sandbox, ${codeOf(sandboxBaseUrl)}`,
  },
  PAYMENT_OPTIONS_AUTHORIZATION: {
    meaning: 'the `Authorization` header, verbatim, e.g. `Basic KEY`',
    byDefault: 'none; required to send',
  },
  PAYMENT_OPTIONS_X_API_KEY: {
    meaning: 'the `x-api-key` header, verbatim',
    byDefault: 'none; required to send',
  },
  PAYMENT_OPTIONS_TIMEOUT_MS: {
    meaning: 'how long an answer may take, in milliseconds; a batch keeps the value it was started with',
    byDefault: String(defaults.gatewayTimeoutMs),
  },
  CARDLIFT_HOME: { meaning: 'key, storage and embedded Temporal', byDefault: '`~/.cardlift`' },
  CARDLIFT_STORAGE: {
    meaning: "the storage's folder, or its `file://` address; every worker of a batch needs the same one",
    byDefault: '`storage` in the home',
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
      ...Object.entries(settingTexts).map(([name, { meaning, byDefault }]) => [
        codeOf(name),
        meaning,
        byDefault,
      ]),
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
