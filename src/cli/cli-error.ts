/** A command line that cannot be carried out, or a question that was not answered with yes: nothing was done. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** The operator interrupted a question. */
export class QuestionInterruptedError extends CliError {
  override readonly name = 'QuestionInterruptedError';
}
