import { type DestinationStream, type Logger, pino } from 'pino';
import { definedOf } from './domain/defined.ts';
import { isCardLikeNumber } from './domain/redaction/card-like-numbers.ts';
import { scrubDigitRuns } from './domain/scrub.ts';

/** Log fields whose values are removed. */
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

/** The one redaction list: each name at the top level and at the next two. */
const redactedPaths = secretNames.flatMap((name) => {
  const quoted = name.includes('-') ? `["${name}"]` : `.${name}`;
  return [quoted.replace(/^\./, ''), `*${quoted}`, `*.*${quoted}`];
});

/**
 * The one logger. It writes JSON lines to standard error and leaves standard output to the
 * commands.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    base: { pid: process.pid },
    // Libraries also log messages and values, and may quote their input.
    formatters: { log: (line: Record<string, unknown>) => scrubFields(line, 0) },
    // The formatter has already turned the error into plain fields.
    serializers: { err: (fields: unknown) => fields },
    hooks: {
      logMethod(this: Logger, line: Parameters<pino.LogFn>, write: pino.LogFn): void {
        write.apply(this, withMessage(line).map(scrubText) as Parameters<pino.LogFn>);
      },
    },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: true }));
}

/** Without a message pino would use the error's own and bypass the hook. */
function withMessage(line: readonly unknown[]): unknown[] {
  const [first, ...rest] = line;
  const error = first instanceof Error ? first : Object(first).err;
  if (!(error instanceof Error)) return [...line];
  const fields = first instanceof Error ? { err: first } : first;
  return [fields, ...(rest.length === 0 ? [error.message] : rest)];
}

function scrubText(part: unknown): unknown {
  return typeof part === 'string' ? scrubDigitRuns(part) : part;
}

/** Deeper values are dropped. No line of ours has any. */
const deepestValue = 8;

function scrubFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [scrubDigitRuns(name), scrubValue(value, depth + 1)]),
  );
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubDigitRuns(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return isCardLikeNumber(String(value)) ? '[digits removed]' : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepestValue) return '[left out]';
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return scrubFields({ ...value, type: name, message, stack, ...definedOf({ cause }) }, depth);
  }
  if (Array.isArray(value)) return value.map((part) => scrubValue(part, depth + 1));
  if (value instanceof Date) return value;
  return scrubFields(value, depth);
}

export type { Logger };
