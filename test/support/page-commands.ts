/** A command on a page, and the output that the page shows for it. */
export interface PageCommand {
  /** The line of the page, from 1. */
  readonly line: number;
  readonly text: string;
  /** The lines under it on the page; undefined if the page shows none (a fence of `sh`). */
  readonly output?: string;
}

/**
 * The commands of a page in order. A `sh` fence is one command; a `console` fence has one behind
 * each `$`, with its output below. Other fences are not commands.
 */
export function readPageCommands(page: string): PageCommand[] {
  const commands: PageCommand[] = [];
  for (const fence of page.matchAll(/^```(sh|console)\n([\s\S]*?)^```$/gm)) {
    const [, kind, body = ''] = fence;
    const line = page.slice(0, fence.index).split('\n').length + 1;
    if (kind === 'sh') commands.push({ line, text: body.trimEnd() });
    else commands.push(...readConsole(body, line));
  }
  return commands;
}

function readConsole(body: string, firstLine: number): PageCommand[] {
  const commands: { line: number; text: string; output: string }[] = [];
  let isContinued = false;
  for (const [index, line] of body.trimEnd().split('\n').entries()) {
    const last = commands.at(-1);
    if (line.startsWith('$ ')) commands.push({ line: firstLine + index, text: line.slice(2), output: '' });
    else if (last === undefined) throw new Error(`Line ${firstLine + index}: a console begins with "$ "`);
    else if (isContinued) last.text += `\n${line}`;
    else last.output += `${line}\n`;
    isContinued = line.endsWith('\\') && (line.startsWith('$ ') || isContinued);
  }
  return commands;
}

/**
 * True if a command printed what its page shows. On the page, `…` matches anything within a line,
 * and a line with only `…` matches any lines. Blanks at the end of a line and empty lines around
 * the text do not count.
 */
export function isOutputOf(shown: string, given: string): boolean {
  const lines = tidy(shown).split('\n');
  const pattern = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escapePattern).join('.*')}\\n`,
  );
  return new RegExp(`^${pattern.join('')}$`).test(`${tidy(given)}\n`);
}

function tidy(text: string): string {
  return text
    .replace(/[^\S\n]+$/gm, '')
    .replace(/^\n+/, '')
    .trimEnd();
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
