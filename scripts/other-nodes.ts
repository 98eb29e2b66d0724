/*
 * The tests on the other versions of Node that `engines` names: the light folders and the demo.
 * The binaries come from the packages in .ci/other-nodes, which are not dependencies of the project.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Each has a package in .ci/other-nodes for each platform that CI may have. */
const otherMajors = [22, 24] as const;

const project = fileURLToPath(new URL('..', import.meta.url));
const packages = `${project}.ci/other-nodes`;
const write = (line: string): void => void process.stdout.write(`${line}\n`);

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** One line for each failed test, and for each that was skipped. */
  readonly failures: readonly string[];
  readonly skips: readonly string[];
}

/** Installs the other versions, and runs the light tests and the demo on each. */
export async function testOnOtherNodes(): Promise<TestCounts> {
  const installed = spawnSync('npm', ['ci', '--silent'], { cwd: packages, stdio: 'inherit' });
  if (installed.status !== 0) return failed('The other versions of Node cannot be installed');
  const all: TestCounts[] = [];
  for (const major of otherMajors) {
    const node = `${packages}/node_modules/node-${major}-${process.platform}-${process.arch}/bin/node`;
    if (!existsSync(node)) {
      all.push(failed(`There is no Node ${major} for ${process.platform} ${process.arch}`));
      continue;
    }
    all.push(await runLightTests(node, major), await runDemo(node, major));
  }
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, one) => sum + one.failed, 0),
    failures: all.flatMap(({ failures }) => failures),
    skips: all.flatMap(({ skips }) => skips),
  };
}

const failed = (failure: string): TestCounts => ({ passed: 0, failed: 1, failures: [failure], skips: [] });

async function runLightTests(node: string, major: number): Promise<TestCounts> {
  const { output, errors } = await runScript(node, ['scripts/test.ts', '--light']);
  const lines = output.trimEnd().split('\n');
  const closing = /^(\d+) passed, (\d+) failed$/.exec(lines.at(-1) ?? '');
  if (closing === null || Number(closing[2]) > 0) write(`${output}${errors}`);
  write(`Node ${major}, light tests: ${closing?.[0] ?? 'no closing line'}`);
  if (closing === null) return failed(`Node ${major}: the light tests did not come to their end`);
  const linesOf = (kind: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${kind}: `))
      .map((line) => `Node ${major}: ${line.slice(kind.length + 2)}`);
  return {
    passed: Number(closing[1]),
    failed: Number(closing[2]),
    failures: linesOf('failed'),
    skips: linesOf('skipped'),
  };
}

async function runDemo(node: string, major: number): Promise<TestCounts> {
  const { output, errors, code } = await runScript(node, ['scripts/demo.ts']);
  const isRight = code === 0 && /\b[1-9]\d* cards charged, 0 of them twice\./.test(output);
  write(`Node ${major}, demo: ${isRight ? 'passed' : `failed\n${output}${errors}`}`);
  return isRight ? { passed: 1, failed: 0, failures: [], skips: [] } : failed(`Node ${major}: the demo`);
}

async function runScript(
  node: string,
  args: readonly string[],
): Promise<{ readonly output: string; readonly errors: string; readonly code: number | null }> {
  // Run by a test runner, a child would report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(node, ['--import', 'tsx', ...args], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject)),
  ]);
  return { output, errors, code };
}
