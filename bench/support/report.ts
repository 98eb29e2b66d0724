import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the benches leave what they measured. */
export const resultsFolder = fileURLToPath(new URL('../results', import.meta.url));

export interface Report {
  /** Names the files: NAME.json and NAME.svg, NAME-PLOT.svg where there are several. */
  readonly name: string;
  /** Everything that was measured, for programs. */
  readonly data: unknown;
  /** SVG texts by the plot's name; an empty name for the only one. */
  readonly plots: Readonly<Record<string, string>>;
}

/** Writes a report's files; resolves to their paths. */
export async function writeReport(report: Report, folder = resultsFolder): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files: [string, string][] = [
    [`${report.name}.json`, `${JSON.stringify(report.data, null, 2)}\n`],
    ...Object.entries(report.plots).map(([plot, svg]): [string, string] => [
      `${report.name}${plot === '' ? '' : `-${plot}`}.svg`,
      svg,
    ]),
  ];
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return files.map(([name]) => join(folder, name));
}
