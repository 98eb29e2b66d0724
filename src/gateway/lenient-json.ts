/*
 * Parses the JSON object of an answer, even if it is not quite JSON: raw control characters in
 * strings, `NaN`, text around the object, a missing end. Integers that a JavaScript number cannot
 * hold stay text, digit for digit.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

export interface JsonObject {
  readonly value: Readonly<Record<string, unknown>>;
  /** False if the object's end is missing. A value that was cut off is left out. */
  readonly isWhole: boolean;
  /** True if the object is the only item of an array. */
  readonly isInArray: boolean;
}

/** Longer integers may lose digits as JavaScript numbers. */
const longInteger = /[[,:\s]-?\d{16,}/;
const deepest = 200;

/** The first object of the text, or undefined if there is none. Never throws. */
export function readJsonObject(text: string): JsonObject | undefined {
  const isExact = !longInteger.test(text);
  const plain = isExact ? readStrictly(text) : undefined;
  if (plain !== undefined) return plain;
  const escaped = escapeControls(text);
  return (isExact ? readStrictly(escaped) : undefined) ?? readLeniently(escaped);
}

const stringOrBracket = /"(?:[^"\\]|\\(?:[\s\S]|$))*(?:"|$)|[{}[\]]/g;
const anyString = /"(?:[^"\\]|\\(?:[\s\S]|$))*(?:"|$)/g;

/**
 * The text with raw control characters in its strings escaped, so that each string keeps its value.
 */
function escapeControls(text: string): string {
  return text.replace(anyString, (string) =>
    string.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function readStrictly(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const isInArray = Array.isArray(json) && json.length === 1;
    const value: unknown = isInArray ? json[0] : json;
    return isObject(value) ? { value, isWhole: true, isInArray } : undefined;
  } catch {
    return undefined;
  }
}

function readLeniently(text: string): JsonObject | undefined {
  const start = text.indexOf('{');
  if (start < 0) return undefined;
  const errors: ParseError[] = [];
  const source = withinDepth(text.slice(start));
  const root = parseTree(source, errors, { disallowComments: true, allowTrailingComma: true });
  if (root?.type !== 'object') return undefined;
  const isWhole = !errors.some(({ error }) => endIsMissing.has(printParseErrorCode(error)));
  const value = readValue(root, source);
  return isObject(value) ? { value, isWhole, isInArray: /^\s*\[\s*$/.test(text.slice(0, start)) } : undefined;
}

/** The text up to the point where it nests too deep for the parser's stack. */
function withinDepth(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(stringOrBracket)) {
    depth += token === '{' || token === '[' ? 1 : token === '}' || token === ']' ? -1 : 0;
    if (depth > deepest) return text.slice(0, index);
  }
  return text;
}

const endIsMissing: ReadonlySet<string> = new Set([
  'CloseBraceExpected',
  'CloseBracketExpected',
  'UnexpectedEndOfString',
]);

/** A node's value, or undefined if it was cut off or cannot be read. */
function readValue(node: Node, source: string): unknown {
  const { offset, length, children = [] } = node;
  switch (node.type) {
    case 'object':
      return Object.fromEntries(
        children.flatMap(({ children: [key, value] = [] }) => {
          if (key === undefined || value === undefined || isCutOff(key, source)) return [];
          const read = readValue(value, source);
          return read === undefined ? [] : [[String(key.value), read]];
        }),
      );
    case 'array':
      return children.map((child) => readValue(child, source));
    case 'number': {
      // A number at the end of the text may have lost its last digits.
      if (offset + length >= source.length) return undefined;
      const written = source.slice(offset, offset + length);
      return /^-?\d+$/.test(written) && !Number.isSafeInteger(Number(written)) ? written : Number(written);
    }
    case 'string':
      return isCutOff(node, source) ? undefined : node.value;
    default:
      return node.value;
  }
}

/** True for a string without its closing quote. */
function isCutOff({ offset, length }: Node, source: string): boolean {
  const written = source.slice(offset, offset + length);
  if (written.length < 2 || !written.endsWith('"')) return true;
  let escapes = 0;
  while (written[written.length - 2 - escapes] === '\\') escapes += 1;
  return escapes % 2 === 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An answer nests a few levels. Deeper values are ignored. */
const deepestText = 8;

/** Every text or integer under the key, anywhere in the object. The key's case does not matter. */
export function findTexts(value: unknown, key: string): string[] {
  const wanted = key.toLowerCase();
  const find = (inner: unknown, depth: number): string[] => {
    if (typeof inner !== 'object' || inner === null || depth > deepestText) return [];
    return Object.entries(inner).flatMap(([name, content]) => {
      if (name.toLowerCase() !== wanted) return find(content, depth + 1);
      if (Number.isInteger(content)) return String(content);
      return typeof content === 'string' ? content : [];
    });
  };
  return find(value, 0);
}
