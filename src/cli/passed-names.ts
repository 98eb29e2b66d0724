/*
 * Names from the command line are stored in plain text in records, manifests, audit lines and
 * Temporal, so none of them may be a card number. These parsers refuse one before anything is read
 * or written. They do not quote it, as commander's own errors would.
 */
import { looksLikeCardNumber } from '../domain/redaction/card-like-numbers.ts';
import { CliError } from './cli-error.ts';

/**
 * A commander parser for a path that checks each folder name and the file name. Throws CliError.
 */
export function pathFor(option: string): (path: string) => string {
  return (path) => {
    refuseCardNumberInPath(option, path);
    return path;
  };
}

/** The same for an option that takes several paths. */
export function pathsFor(option: string): (path: string, others: readonly string[] | undefined) => string[] {
  return (path, others = []) => {
    refuseCardNumberInPath(option, path);
    return [...others, path];
  };
}

/** Throws CliError if a name on the path looks like a card number. */
export function refuseCardNumberInPath(option: string, path: string): void {
  if (path.split(/[/\\]/).some(looksLikeCardNumber)) {
    throw refusal(option, 'Rename the file or folder, then use the new name');
  }
}

/** Throws CliError if the name looks like a card number. */
export function refuseCardNumber(option: string, name: string, remedy: string): void {
  if (looksLikeCardNumber(name)) throw refusal(option, remedy);
}

function refusal(option: string, remedy: string): CliError {
  return new CliError(
    `The name given as ${option} looks like a card number, but names are stored in plain text. ${remedy}`,
  );
}
