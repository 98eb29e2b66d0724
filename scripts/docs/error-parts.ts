/* The generated parts of docs/errors.md. */
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { holdCodes } from '../../src/contract/hold.ts';
import { rowOutcomes } from '../../src/contract/outcome.ts';
import { type ErrorCodeEntry, rowErrorCodes } from '../../src/domain/error-codes.ts';
import { actorTexts, exitCodeTexts, holdTexts, outcomeTexts, resendTexts } from './code-texts.ts';
import { codeOf, tableOf } from './markdown.ts';

/** Every code of the catalogue with its entry, in the catalogue's order. */
export const catalogue: readonly (readonly [string, ErrorCodeEntry])[] = Object.entries(rowErrorCodes);

/** The parts by name. */
export function createErrorParts(): Record<string, string> {
  return {
    outcomes: outcomesTable(),
    'row-codes': rowCodes(),
    holds: holdsTable(),
    'exit-codes': exitCodesTable(),
  };
}

function outcomesTable(): string {
  return tableOf(
    ['outcome', 'meaning', 'sent again?'],
    rowOutcomes.map((outcome) => [codeOf(outcome), outcomeTexts[outcome], resendOf(outcome)]),
  );
}

/** What the codes of an outcome say about sending again, combined. */
function resendOf(outcome: (typeof rowOutcomes)[number]): string {
  const entries = catalogue.map(([, entry]) => entry).filter((entry) => entry.outcome === outcome);
  const answers = [...new Set(entries.map((entry) => resendTexts[entry.resend]))];
  return answers.length === 0
    ? resendTexts.never
    : answers.length === 1
      ? String(answers[0])
      : 'depends on the code';
}

function rowCodes(): string {
  return rowOutcomes
    .flatMap((outcome) => {
      const entries = catalogue.filter(([, entry]) => entry.outcome === outcome);
      if (entries.length === 0) return [];
      const rows = entries.map(([code, { text, actor, resend, nextStep }]) => [
        codeOf(code),
        text,
        actorTexts[actor],
        resendTexts[resend],
        nextStep,
      ]);
      return [
        `### ${outcome}`,
        tableOf(['code', 'meaning', 'who must act', 'sent again?', 'next step'], rows),
      ];
    })
    .join('\n\n');
}

function holdsTable(): string {
  return tableOf(
    ['code', 'when', 'what to do'],
    holdCodes.map((code) => [codeOf(code), holdTexts[code].when, holdTexts[code].remedy]),
  );
}

/** The exit codes and what they mean. */
export function exitCodesTable(): string {
  return tableOf(
    ['exit code', 'meaning'],
    Object.entries(exitCodes).map(([name, code]) => [
      String(code),
      exitCodeTexts[name as keyof typeof exitCodes],
    ]),
  );
}
