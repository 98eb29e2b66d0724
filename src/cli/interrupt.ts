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
