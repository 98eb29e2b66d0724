/**
 * The commands that a text asks an operator to type, each once: on a line of their own, behind
 * "Resume:" and the like, or between backticks. A command with a placeholder in capitals (PERCENT,
 * FILE) is a form, and is left out.
 */
export function readPrintedCommands(text: string): string[] {
  const found = [
    ...text.matchAll(/^ {2,}(?:-> )?(cardlift \S.*)$/gm),
    ...text.matchAll(/^ {2}(?:Continue|Resume|Approve|Cancel): (cardlift \S.*)$/gm),
    ...text.matchAll(/`(cardlift \S[^`]*)`/g),
  ].map(([, command = '']) => command.trimEnd());
  return [...new Set(found)].filter((command) => !/ (?:[A-Z]{4,}|N)(?= |$)/.test(command));
}
