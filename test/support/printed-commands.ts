/**
 * The commands that a text tells an operator to type, each once: a line of its own, behind "Resume:" and the like, or
 * between backticks. One with a place holder in capitals (PERCENT, FILE) is a form, not a command.
 */
export function readPrintedCommands(text: string): string[] {
  const found = [
    ...text.matchAll(/^ {2,}(?:-> )?(cardlift \S.*)$/gm),
    ...text.matchAll(/^ {2}(?:Continue|Resume|Approve|Cancel): (cardlift \S.*)$/gm),
    ...text.matchAll(/`(cardlift \S[^`]*)`/g),
  ].map(([, command = '']) => command.trimEnd());
  return [...new Set(found)].filter((command) => !/ (?:[A-Z]{4,}|N)(?= |$)/.test(command));
}
