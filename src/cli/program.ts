import { type Argument, Command, CommanderError } from 'commander';
import { versions } from '../app/versions.ts';
import { scrubDigitRuns } from '../domain/scrub.ts';
import { type CatalogueEntry, commandCatalogue } from './command-catalogue.ts';
import { commandExamples } from './output/command-examples.ts';
import { wrapLine } from './output/wrapped-text.ts';

/** Carries out a command line. Throws what its command throws. */
export async function runCommandLine(commandLine: readonly string[]): Promise<void> {
  const program = await createProgram(namesIn(commandLine));
  try {
    await program.parseAsync(commandLine, { from: 'user' });
  } catch (error) {
    // Commander has printed the requested help or version.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    throw error;
  }
}

/** The command that a command line names. The program itself has no options with values. */
function namesIn(commandLine: readonly string[]): string[] {
  const [name, helped] = commandLine.filter((part) => !part.startsWith('-'));
  const wanted = name === 'help' ? helped : name;
  return wanted === undefined ? [] : [wanted];
}

/**
 * The `cardlift` command. Those of its commands that are named have their options and actions; the
 * others only appear in the help.
 */
export async function createProgram(
  names: readonly string[] = commandCatalogue.map(({ name }) => name),
): Promise<Command> {
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
  for (const entry of commandCatalogue) await addCommand(program, entry, names.includes(entry.name));
  return program;
}

async function addCommand(
  program: Command,
  { name, operands, summary, load }: CatalogueEntry,
  isWanted: boolean,
): Promise<void> {
  const command = program.command(name).summary(summary).exitOverride();
  for (const operand of operands) command.argument(...operand);
  if (!isWanted) return;
  const define = await load();
  define(command);
  if (!helpOf(command).includes('\nExample')) addExamples(command);
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
