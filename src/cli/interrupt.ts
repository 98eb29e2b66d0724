import { exitCodes } from './exit-codes.ts';

/** Converts Ctrl-C and SIGTERM to an abort signal. The second one ends the process immediately. */
export function listenForInterrupt(onFirst: () => void): { signal: AbortSignal; forget: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    forget() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls the function before one of these signals ends the process, which it still does; the second
 * one ends it immediately. Returns what undoes it.
 */
export function leaveBeforeEnd(leave: () => Promise<void>): () => void {
  const listeners = endings.map((signal) => {
    const listener = (): void => {
      forget();
      void leave().finally(() => process.kill(process.pid, signal));
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  const forget = (): void => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
  return forget;
}
