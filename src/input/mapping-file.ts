import { isUtf8 } from 'node:buffer';
import { LineCounter, parseDocument } from 'yaml';
import { type ColumnMapping, findMappingFaults } from '../domain/column-mapping.ts';
import type { RowLimits } from '../domain/row-limits.ts';
import { scrubText } from '../domain/scrub.ts';
import { readSmallFile } from './file-bytes.ts';
import { FileRefusedError } from './file-refused-error.ts';
import { describeIssue, mappingSchema, toMapping } from './mapping-schema.ts';

/**
 * Far more than a name for each column needs. A merchant's data file given by mistake exceeds it.
 */
const maxMappingBytes = 256 * 1024;

/**
 * The column mapping is unusable. The message names lines and columns of the mapping, never a
 * constant's value.
 */
export class MappingError extends Error {
  override readonly name = 'MappingError';

  constructor(reason: string) {
    super(`Cannot use the mapping of columns: ${reason}. A template: cardlift template --mapping`);
  }
}

/** Reads a mapping file in YAML or JSON. Throws MappingError. */
export async function readMappingFile(path: string, limits: RowLimits): Promise<ColumnMapping> {
  let bytes: Buffer;
  try {
    bytes = await readSmallFile(path, maxMappingBytes);
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    throw new MappingError(
      error.message.replace(/^Cannot read the file: (.*)\. Remedy: .*$/, 'its file: $1'),
    );
  }
  if (!isUtf8(bytes)) throw new MappingError('it is not UTF-8');
  return parseMapping(bytes.toString('utf8').replace(/^\ufeff/, ''), limits);
}

/** Reads a mapping. Throws MappingError. */
export function parseMapping(text: string, limits: RowLimits): ColumnMapping {
  const parsed = mappingSchema.safeParse(parseYaml(text));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(describeIssue);
    throw new MappingError([...new Set(reasons)].slice(0, maxReasons).join('; '));
  }
  const mapping = toMapping(parsed.data);
  const faults = findMappingFaults(mapping, limits).map((fault) => scrubText(fault));
  if (faults.length > 0) throw new MappingError(faults.slice(0, maxReasons).join('; '));
  return mapping;
}

/** The first few show what kind of mistake it is. */
const maxReasons = 5;

/**
 * The YAML parser's messages quote the line, and the file may be anything, so only the position is
 * used.
 */
function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  // Every scalar stays a string: an amount keeps its zeros, and the country NO is not a boolean.
  const document = parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter,
    uniqueKeys: true,
  });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line } = lineCounter.linePos(error.pos[0]);
    const reason = error.code === 'DUPLICATE_KEY' ? 'a name appears twice' : 'it is neither YAML nor JSON';
    throw new MappingError(`${reason} (line ${line})`);
  }
  try {
    // Aliases are not needed here, and can make a small file enormous.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new MappingError('it has YAML aliases');
  }
}
