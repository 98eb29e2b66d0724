/**
 * A command line that cannot be carried out, or a question that was not confirmed. Nothing was
 * changed.
 */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** The operator interrupted a question. */
export class QuestionInterruptedError extends CliError {
  override readonly name = 'QuestionInterruptedError';
}
