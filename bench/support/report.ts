import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder for measurements. */
export const resultsFolder = fileURLToPath(new URL('../results', import.meta.url));

export interface Report {
  /** Base of the file names: NAME.json and NAME.svg, or NAME-PLOT.svg for several plots. */
  readonly name: string;
  /** All measurements, for programs. */
  readonly data: unknown;
  /** SVG by plot name; an empty name for a single plot. */
  readonly plots: Readonly<Record<string, string>>;
}

/** Writes a report's files. Returns their paths. */
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
