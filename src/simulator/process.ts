/*
 * The simulator as a separate process, for tests that kill it or measure by its clock. Its argument
 * is JSON with the simulator's options and `port`. It writes one line to stdout, {"baseUrl": …},
 * and ends on SIGTERM, SIGINT, or when its stdin closes, so that it does not outlive a killed
 * parent.
 */
import { z } from 'zod';
import { simulatorOptionsSchema } from './settings.ts';
import { createSimulator } from './simulator.ts';

const argumentSchema = simulatorOptionsSchema.extend({ port: z.int().min(0).max(65_535).default(0) });

const { port, ...options } = argumentSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const simulator = createSimulator(options);

let isClosing = false;
function close(): void {
  if (isClosing) return;
  isClosing = true;
  void simulator.close().finally(() => process.exit());
}

process.on('SIGTERM', close);
process.on('SIGINT', close);
process.stdin.on('end', close).on('error', close).resume();

process.stdout.write(`${JSON.stringify(await simulator.listen(port))}\n`);
