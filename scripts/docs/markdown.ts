/** A Markdown table. A pipe inside a cell is escaped; nothing else is. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [lineOf(head), `|${'---|'.repeat(head.length)}`, ...rows.map(lineOf)].join('\n');
}

/** A name in Markdown's code style. */
export function codeOf(text: string): string {
  return `\`${text}\``;
}

const endMark = '<!-- end of the generated part -->';

/** The line that begins a generated part; the part ends at the next end mark. */
export function startMarkOf(name: string): string {
  return `<!-- generated: ${name} -->`;
}

/**
 * The page with its generated parts replaced. Throws if a part has no mark in it, or a mark no
 * part.
 */
export function fillPage(page: string, parts: Readonly<Record<string, string>>): string {
  const wanted = new Set(Object.keys(parts));
  const filled = page.replace(
    /<!-- generated: ([a-z-]+) -->\n[\s\S]*?<!-- end of the generated part -->/g,
    (_, name: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`No generated part has the name ${name}`);
      wanted.delete(name);
      return `${startMarkOf(name)}\n\n${part}\n\n${endMark}`;
    },
  );
  if (wanted.size > 0) throw new Error(`The page has no mark for: ${[...wanted].join(', ')}`);
  return filled;
}
