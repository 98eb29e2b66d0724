import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/json-output.md', import.meta.url), 'utf8');

/** The sections of docs/json-output.md: the names in the heading, and the text below it. */
export const jsonSections: readonly { readonly names: readonly string[]; readonly text: string }[] = page
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    return { names: heading.split(', '), text: lines.join('\n') };
  });

/**
 * Asserts that a command printed an object with exactly the documented fields, the optional ones
 * aside.
 */
export function assertAsDocumented(name: string, printed: unknown): void {
  const section = jsonSections.find(({ names }) => names.includes(name));
  assert.ok(section !== undefined, `docs/json-output.md has no section for ${name}`);
  const fields = [...section.text.matchAll(/^\| `(\w+)`( \?)? \|/gm)].map(([, field = '', mark]) => ({
    field,
    isOptional: mark !== undefined,
  }));
  assert.ok(fields.length > 0, name);
  assert.ok(typeof printed === 'object' && printed !== null && !Array.isArray(printed), name);
  const found = Object.keys(printed);
  const documented = new Set(fields.map(({ field }) => field));
  assert.deepEqual(
    found.filter((field) => !documented.has(field)),
    [],
    `${name} prints fields that docs/json-output.md does not name`,
  );
  for (const { field, isOptional } of fields) {
    assert.ok(isOptional || found.includes(field), `${name} prints no ${field}`);
  }
}

/**
 * The names between backticks in a section's sentences, for parts of a value that no table lists.
 */
export function wordsOf(name: string): ReadonlySet<string> {
  const section = jsonSections.find(({ names }) => names.includes(name));
  return new Set([...(section?.text ?? '').matchAll(/`(\w+)`/g)].map(([, word = '']) => word));
}
