/*
 * Lists the second provider in a `cardlift` process, and changes nothing else in the program: the
 * file beside this one replaces src/gateway/providers.ts.
 */
const list = new URL('providers.ts', import.meta.url).href;

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

const hooks = dataUrl(`
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    const isList = /[/]src[/]gateway[/]providers[.]ts(?:[?]|$)/.test(found.url);
    return isList ? { ...found, url: ${JSON.stringify(list)}, shortCircuit: true } : found;
  }
`);

/**
 * For `--import`, after tsx, which reads the list. Worker threads share the main thread's hooks.
 */
export const secondProviderLoader = dataUrl(`
  import { register } from 'node:module';
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) register(${JSON.stringify(hooks)});
`);
