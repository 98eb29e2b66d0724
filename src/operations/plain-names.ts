/*
 * Names that an operator gives are stored as plain text in records, manifests, audit lines and
 * Temporal, so none may be a card number. Such a name is refused before any file is read or
 * written, and is not quoted.
 */
import { looksLikeCardNumber } from '../domain/redaction/card-like-numbers.ts';
import { OperationRefused } from './errors.ts';

/** Throws OperationRefused if a folder or file name in the path looks like a card number. */
export function refuseCardNumberInPath(option: string, path: string): void {
  if (path.split(/[/\\]/).some(looksLikeCardNumber)) {
    throw refusal(option, 'Rename the file or folder, then use the new name');
  }
}

/** Throws OperationRefused if the name looks like a card number. */
export function refuseCardNumber(option: string, name: string, remedy: string): void {
  if (looksLikeCardNumber(name)) throw refusal(option, remedy);
}

function refusal(option: string, remedy: string): OperationRefused {
  return new OperationRefused(
    'invalid',
    `The name given as ${option} looks like a card number, but names are stored in plain text. ${remedy}`,
  );
}
