/*
 * Commander parsers for names that are stored as plain text. Commander's own errors would quote the
 * value.
 */
import { refuseCardNumberInPath } from '../operations/plain-names.ts';

/** A parser for a path. Throws OperationRefused if a name in it looks like a card number. */
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
