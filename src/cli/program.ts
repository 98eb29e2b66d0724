import { type Argument, Command, CommanderError } from 'commander';
import { versions } from '../app/versions.ts';
import { ConfigError } from '../config.ts';
import { scrubDigitRuns, scrubText } from '../domain/scrub.ts';
import { GatewaySettingError } from '../gateway/gateway-setting-error.ts';
import { FileRefusedError } from '../input/file-refused-error.ts';
import { MappingError } from '../input/mapping-file.ts';
import { EarlierResultsError } from '../results/earlier-results.ts';
import { BatchRecordError } from '../storage/batch-record.ts';
import { KeyFileError } from '../storage/key-file.ts';
import { StoredFileError } from '../storage/stored-json.ts';
import { ForeignBatchError } from '../temporal/batch-ownership.ts';
import { CliError } from './cli-error.ts';
import { addControlCommands } from './commands/control.ts';
import { addListCommand } from './commands/list.ts';
import { addPurgeCommand } from './commands/purge.ts';
import { addRedriveCommand } from './commands/redrive.ts';
import { addReportCommand } from './commands/report.ts';
import { addResolveCommand } from './commands/resolve.ts';
import { addResultsCommand } from './commands/results.ts';
import { addRunCommand } from './commands/run.ts';
import { addLimitsCommands } from './commands/set-limits.ts';
import { addShowCommand } from './commands/show.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTemplateCommand } from './commands/template.ts';
import { addValidateCommand } from './commands/validate.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWorkerCommands } from './commands/worker.ts';
import { addDoctorCommand } from './doctor/doctor.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { commandExamples } from './output/command-examples.ts';
import { wrapLine } from './output/wrapped-text.ts';

/** The `cardlift` command with all its commands. */
export function createProgram(): Command {
  const program = new Command('cardlift')
    .description("Moves a merchant's stored cards to the Payment Options gateway. Each card is charged once.")
    .version(versions.cardlift)
    .showHelpAfterError('(use --help for the usage)')
    .exitOverride();
  program.configureHelp({
    helpWidth: 80,
    // Every command has options, so "[options]" would only make the list wider.
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(termOf)].join(' '),
  });
  // A mistyped command line may contain a card number that was pasted into the wrong place.
  program.configureOutput({
    outputError: (text, write) => write(scrubDigitRuns(text)),
    writeOut: (text) => process.stdout.write(wrapHelp(text)),
  });
  addRunCommand(program);
  addStartCommand(program);
  addWatchCommand(program);
  addStatusCommand(program);
  addListCommand(program);
  addControlCommands(program);
  addLimitsCommands(program);
  addResultsCommand(program);
  addShowCommand(program);
  addReportCommand(program);
  addPurgeCommand(program);
  addDoctorCommand(program);
  addRedriveCommand(program);
  addResolveCommand(program);
  addValidateCommand(program);
  addTemplateCommand(program);
  addSimulateCommand(program);
  addWorkerCommands(program);
  for (const command of program.commands) {
    command.exitOverride();
    if (!helpOf(command).includes('\nExample')) addExamples(command);
  }
  return program;
}

function termOf(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

/** The help of a command as `--help` shows it, without colors. */
export function helpOf(command: Command): string {
  let help = '';
  const { writeOut } = command.configureOutput();
  command.configureOutput({
    writeOut: (text) => {
      help += wrapHelp(text);
    },
    getOutHasColors: () => false,
  });
  command.outputHelp();
  if (writeOut !== undefined) command.configureOutput({ writeOut });
  return help.trimEnd();
}

/**
 * Wraps what commander does not: the text below the options. Indented lines stay whole for copying.
 */
function wrapHelp(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.startsWith(' ') ? line : wrapLine(line)))
    .join('\n');
}

function addExamples(command: Command): void {
  const examples = commandExamples[command.name()];
  if (examples === undefined) return;
  const title = examples.length === 1 ? 'Example' : 'Examples';
  command.addHelpText('after', ['', `${title}:`, ...examples.map((line) => `  ${line}`)].join('\n'));
}

/** The exit code and the message for an error. No message if commander has already printed one. */
export function describeFailure(error: unknown): { exitCode: ExitCode | number; message?: string } {
  if (error instanceof CommanderError) {
    // Commander has printed the error or the help.
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage };
  }
  if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
  if (error instanceof FileRefusedError) {
    return { exitCode: exitCodes.usage, message: describeRefusal(error) };
  }
  if (
    error instanceof MappingError ||
    error instanceof EarlierResultsError ||
    error instanceof ConfigError ||
    error instanceof GatewaySettingError
  ) {
    return { exitCode: exitCodes.usage, message: error.message };
  }
  if (error instanceof ForeignBatchError) return { exitCode: exitCodes.usage, message: error.message };
  if (
    error instanceof KeyFileError ||
    error instanceof BatchRecordError ||
    error instanceof StoredFileError
  ) {
    return { exitCode: exitCodes.engine, message: error.message };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error';
  return { exitCode: exitCodes.engine, message: `The engine failed: ${scrubText(message, 1000)}` };
}

function describeRefusal({ message, mapping }: FileRefusedError): string {
  return mapping === undefined
    ? message
    : `${message}\nSuggested mapping. Check it, then pass it with --columns:\n\n${mapping}\n`;
}
