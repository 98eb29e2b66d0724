import { type DestinationStream, type Logger, pino } from 'pino';

/** Names that no log line may carry a value under, wherever they stand in it. */
const secretNames = [
  'authorization',
  'apiKey',
  'cardNumber',
  'card_number',
  'key',
  'number',
  'password',
  'x-api-key',
];

/** The one redaction list: each name at the top and two levels down. */
const redactedPaths = secretNames.flatMap((name) => {
  const quoted = name.includes('-') ? `["${name}"]` : `.${name}`;
  return [quoted.replace(/^\./, ''), `*${quoted}`, `*.*${quoted}`];
});

/** The one logger: JSON lines to standard error, so that standard output stays a command's own. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    base: { pid: process.pid },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: true }));
}

export type { Logger };
