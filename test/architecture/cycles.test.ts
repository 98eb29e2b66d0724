import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCycles, importGraphOf, readSources } from './import-graph.ts';

/*
 * Type-only imports count. They cost nothing at run time, but two files that need each other's
 * types cannot be read one after the other.
 */
test('no file imports itself through others', () => {
  const graph = importGraphOf(readSources(['src', 'crash', 'test', 'bench', 'scripts']));
  assert.ok(graph.size > 500, 'the sources were found');
  assert.ok([...graph.values()].flat().length > 1_500, 'their imports were found');
  assert.deepEqual(findCycles(graph), []);
});

const graphOf = (sources: Readonly<Record<string, string>>) =>
  importGraphOf(new Map(Object.entries(sources)));

test('a cycle is found through types, re-exports and dynamic imports, however long it is', () => {
  const graph = graphOf({
    'src/a.ts': "import type { B } from './b.ts';",
    'src/b.ts': "export { c } from './folder/c.ts';",
    'src/folder/c.ts': "const a = await import('../a.ts');",
    'src/d.ts': "import './a.ts';",
    'src/e.ts': "import { e } from './e.ts';",
  });
  assert.deepEqual(findCycles(graph), [['src/a.ts', 'src/b.ts', 'src/folder/c.ts'], ['src/e.ts']]);
});

test('two ways to one file are no cycle, and an import in a comment is none', () => {
  const graph = graphOf({
    'src/a.ts': "import './b.ts';\nimport './c.ts';",
    'src/b.ts': "import './c.ts';",
    'src/c.ts': "// import './a.ts';\n/* import './b.ts'; */",
  });
  assert.deepEqual(findCycles(graph), []);
});
