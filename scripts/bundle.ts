/*
 * Bundles the program with esbuild. Everything of ours is in one file, in which a part runs only
 * when it is imported. Packages that are large, and that a short command does not use, have files
 * of their own, which it need not read.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { project } from './fresh-build.js';

/** The packages with a file of their own. */
const apart: Readonly<Record<string, readonly string[]>> = {
  'temporal.cjs': ['@temporalio/client', '@temporalio/common', '@temporalio/worker', '@temporalio/activity'],
  'iconv-lite.cjs': ['iconv-lite'],
  'yaml.cjs': ['yaml'],
};

const shared: BuildOptions = {
  absWorkingDir: project,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // In this format, an import is carried out when the part that contains it is first used.
  format: 'cjs',
  supported: { 'dynamic-import': false },
  // The ES module of a package, if it has one: its unused parts are left out.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};

/** Only a worker imports these, to have them loaded before it starts. */
const loadedAtImport = ['@temporalio/worker', '@temporalio/activity'];

/** Requires the file of a package when something of the package is first used. */
const packagesApart: Plugin = {
  name: 'packages-apart',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
      fileOf(path) === undefined ? undefined : { path, namespace: 'apart' },
    );
    onResolve({ filter: /^\.\//, namespace: 'apart' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'apart' }, ({ path }) => {
      const loaded = `require('./${fileOf(path)}')['${path}']()`;
      if (loadedAtImport.includes(path)) return { contents: `module.exports = ${loaded};` };
      return {
        contents: `
          for (const name of ${JSON.stringify(exportsOf(path))}) {
            Object.defineProperty(exports, name, { enumerable: true, get: () => ${loaded}[name] });
          }`,
      };
    });
  },
};

/** All packages that have a file of their own are CommonJS modules. */
function exportsOf(name: string): string[] {
  const names = Object.getOwnPropertyNames(createRequire(import.meta.url)(name));
  return names.filter((exported) => exported !== '__esModule');
}

function fileOf(name: string): string | undefined {
  return Object.entries(apart).find(([, packages]) => packages.includes(name))?.[0];
}

/*
 * Temporal's worker loads hundreds of files at each start, so it is bundled too, except what cannot
 * be: its native module, the file that its threads run, and webpack, which only the sources need.
 */
const workerInABundle: Plugin = {
  name: 'worker-in-a-bundle',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@temporalio\/core-bridge$/ }, ({ path }) => ({ path, namespace: 'of-worker' }));
    onResolve({ filter: /^@temporalio\/worker/ }, ({ kind, path }) =>
      kind === 'require-resolve' ? { path, external: true } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'of-worker' }, ({ path }) => ({
      contents: `
        const { createRequire } = require('node:module');
        module.exports = createRequire(require.resolve('@temporalio/worker'))('${path}');`,
      resolveDir: project,
    }));
    onLoad({ filter: /@temporalio\/worker\/lib\/workflow\/threaded-vm\.js$/ }, async ({ path }) => ({
      contents: replaceOnce(
        await readFile(path, 'utf8'),
        "require.resolve('./workflow-worker-thread')",
        "require.resolve('@temporalio/worker/lib/workflow/workflow-worker-thread')",
      ),
    }));
    onLoad({ filter: /@temporalio\/worker\/lib\/(?:workflow\/bundler|debug-replayer\/index)\.js$/ }, () => ({
      contents: `
        const refuse = () => {
          throw new Error('Not in the built program, which has its workflows bundled');
        };
        Object.assign(exports, {
          defaultWorkflowInterceptorModules: [],
          bundleWorkflowCode: refuse,
          startDebugReplayer: refuse,
          WorkflowCodeBundler: class {
            createBundle = refuse;
          },
        });`,
    }));
  },
};

/** Throws if the text does not occur once: the package has changed. */
function replaceOnce(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`Cannot bundle the worker: ${from} occurs ${parts.length - 1} times`);
  return parts.join(to);
}

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
export async function bundleProgram(folder: string): Promise<void> {
  await build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: `${folder}/program.cjs`,
    // Left readable, for stack traces. To shorten it makes no start measurably faster.
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [packagesApart, noLocales],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  for (const [file, packages] of Object.entries(apart)) {
    const loaders = packages.map((name) => `'${name}': () => require('${name}'),`);
    await build({
      ...shared,
      stdin: { contents: `module.exports = { ${loaders.join('\n')} };`, resolveDir: project },
      outfile: `${folder}/${file}`,
      minifyWhitespace: true,
      minifySyntax: true,
      plugins: [workerInABundle],
    });
  }
}
