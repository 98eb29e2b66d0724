import { type Argument, Command } from 'commander';
import { versions } from '../app/versions.ts';
import { scrubDigitRuns } from '../domain/scrub.ts';
import { addConfirmMoveCommand } from './commands/confirm-move.ts';
import { addListCommand } from './commands/list.ts';
import { addPurgeCommand } from './commands/purge.ts';
import { addRedriveCommand } from './commands/redrive.ts';
import { addReportCommand } from './commands/report.ts';
import { addResolveCommand } from './commands/resolve.ts';
import { addResultsCommand } from './commands/results.ts';
import { addRunCommand } from './commands/run.ts';
import { addLimitsCommands } from './commands/set-rate.ts';
import { addShowCommand } from './commands/show.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';
import { addControlCommands } from './commands/steer.ts';
import { addTemplateCommand } from './commands/template.ts';
import { addValidateCommand } from './commands/validate.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWorkerCommands } from './commands/worker.ts';
import { addDoctorCommand } from './doctor/doctor.ts';
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
  addConfirmMoveCommand(program);
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

/** Wraps the text below the options, which commander does not. Keeps indented lines whole. */
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
