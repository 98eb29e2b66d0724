/*
 * Bundles the program with esbuild. Everything of ours is in one file, in which a part runs only
 * when it is imported. Packages that are large, and that a short command does not use, have files
 * of their own, which it need not read.
 */
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** The packages with a file of their own. */
const apart: Readonly<Record<string, readonly string[]>> = {
  'temporal-client.cjs': ['@temporalio/client', '@temporalio/common'],
  'iconv-lite.cjs': ['iconv-lite'],
  'yaml.cjs': ['yaml'],
};

/**
 * A worker's native module cannot be bundled, and activities must use the copies of these packages
 * that the worker itself loads.
 */
const external = ['@temporalio/worker', '@temporalio/activity'];

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // In this format, an import is carried out when the part that contains it is first used.
  format: 'cjs',
  supported: { 'dynamic-import': false },
  // The ES module of a package, if it has one: its unused parts are left out.
  mainFields: ['module', 'main'],
  // Half the text to read at each start. Names stay, so that stack traces can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
};

const filesApart: Plugin = {
  name: 'files-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path }) => {
      const [file] = Object.entries(apart).find(([, packages]) => packages.includes(path)) ?? [];
      return file === undefined ? undefined : { path: `./${file}`, external: true };
    });
  },
};

/** Zod's messages in other languages, which nothing uses: a fifth of the program. */
const noLocales: Plugin = {
  name: 'no-locales',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/node_modules/zod/') ? { path: 'locales', namespace: 'empty' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export {};' }));
  },
};

/** Writes the bundle of `src/cli/main.ts` into the folder, as `program.cjs`. */
export async function bundleProgram(project: string, folder: string): Promise<void> {
  await build({
    ...shared,
    absWorkingDir: project,
    entryPoints: ['src/cli/main.ts'],
    outfile: `${folder}/program.cjs`,
    external,
    plugins: [filesApart, noLocales],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  for (const [file, packages] of Object.entries(apart)) {
    const contents = packages.map((name) => `export * from '${name}';`).join('\n');
    await build({
      ...shared,
      absWorkingDir: project,
      stdin: { contents, resolveDir: project },
      outfile: `${folder}/${file}`,
    });
  }
}
