/* `npm run cardlift` and `npm run worker`: the built program, built again if its sources changed. */
import { buildIfStale, project } from './fresh-build.js';

/** The exit code of a command whose engine failed. */
const engineFailed = 4;

const [program = 'starter.js', ...commandLine] = process.argv.slice(2);
// An earlier build is not run instead: its behaviour would not be that of the sources.
if (!buildIfStale()) process.exit(engineFailed);
process.argv = [process.execPath, `${project}dist/${program}`, ...commandLine];
await import(`../dist/${program}`);
