#!/usr/bin/env node
import { createProgram, describeFailure } from './cli/program.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  const { exitCode, message } = describeFailure(error);
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
