/*
 * Why the first line is no header, in our own words. Looks at the first lines only, and quotes none
 * of them.
 */
import { isKnownName, listFirstLines, splitLine } from './first-lines.ts';

/** A likely cause, and the line of a mapping that would help. */
export interface HeaderFault {
  readonly hint: string;
  readonly mappingLine?: string;
}

const otherDelimiters = ['|', '^', '~', ':', '\x1f', '\x01', '，', '、', '；', '｜'];
const fullWidth = new Set(['，', '、', '；', '｜']);
const comment = /^\s*(?:#|\/\/|--|;|\*|%|')/;
/** A title has few lines. */
const linesSearched = 12;

/** The likely cause of a broken first line; undefined if there is no sign of one. */
export function findHeaderFault(text: string, delimiter: string): HeaderFault | undefined {
  const [first, ...others] = listFirstLines(text, linesSearched);
  if (first === undefined) return undefined;
  if (/^\s*"?sep=/i.test(first.text)) {
    return { hint: 'it is an Excel directive ("sep="), which must be removed' };
  }
  const header = others.find((line) => isHeader(line.text, delimiter));
  if (comment.test(first.text) && !isHeader(first.text, delimiter)) {
    return { hint: 'it is a comment: remove all lines above the header' };
  }
  return (
    findQuotedLine(first.text) ??
    findDelimiter(first.text) ??
    (header === undefined
      ? undefined
      : {
          hint: `it seems to be a title: the header seems to be line ${header.line}, so remove what is above it`,
        })
  );
}

function isHeader(line: string, delimiter: string): boolean {
  return splitLine(line, delimiter).filter(isKnownName).length >= 2;
}

/** `"merchant_ref,card_number"`: the line is one cell. */
function findQuotedLine(line: string): HeaderFault | undefined {
  const inner = /^\s*"(.*)"\s*$/.exec(line)?.[1]?.replaceAll('""', '"');
  if (inner === undefined || ![',', ';', '\t'].some((delimiter) => isHeader(inner, delimiter)))
    return undefined;
  return {
    hint: 'each line is quoted as a whole, so that it is one cell: quote the cells instead, or nothing',
  };
}

/** A delimiter that is read only if a mapping names it. */
export function findDelimiter(line: string): HeaderFault | undefined {
  const found = otherDelimiters.find((delimiter) => isHeader(line, delimiter));
  if (found === undefined) return undefined;
  const name = /^[\x20-\x7e]$/.test(found) || fullWidth.has(found) ? `"${found}"` : 'a control character';
  return {
    hint: `its cells are separated by ${name}, which is read only if a mapping names it`,
    mappingLine: `delimiter: ${JSON.stringify(found)}`,
  };
}
