/* Parsers for commander of names that are kept in plain text. Commander's own errors would quote what was given. */
import { refuseCardNumberInPath } from '../operations/plain-names.ts';

/** A parser of a path. Throws OperationRefused if a name on it looks like a card number. */
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
