import type { SendWindow } from '../../src/domain/send-window.ts';

const minuteMs = 60_000;
const hourMinutes = 60;

/**
 * A worker's clock that a test can move, so that it need not wait for a window to open or close.
 */
export interface WindowClock {
  nowMs(): number;
  /**
   * Moves the clock to `ms` before the next full minute, and stops it there. Returns the window
   * that opens then, for an hour. The batch looks at its clock again after that time.
   */
  openingIn(ms: number): SendWindow;
  /** The same, with a window that closes then, after an hour. */
  closingIn(ms: number): SendWindow;
  /** Moves the stopped clock to the opening or the closing, and starts it again. */
  reachBoundary(): void;
}

export function createWindowClock(): WindowClock {
  let offsetMs = 0;
  let boundaryMs = 0;
  let stoppedAtMs: number | undefined;
  const moveBefore = (ms: number): number => {
    boundaryMs = Math.ceil(Date.now() / minuteMs) * minuteMs;
    stoppedAtMs = boundaryMs - ms;
    const boundary = new Date(boundaryMs);
    return boundary.getUTCHours() * hourMinutes + boundary.getUTCMinutes();
  };
  const wrap = (minute: number): number => (minute + 24 * hourMinutes) % (24 * hourMinutes);
  return {
    nowMs: () => stoppedAtMs ?? Date.now() + offsetMs,
    openingIn(ms) {
      const fromMinute = moveBefore(ms);
      return { fromMinute, toMinute: wrap(fromMinute + hourMinutes), timeZone: 'UTC' };
    },
    closingIn(ms) {
      const toMinute = moveBefore(ms);
      return { fromMinute: wrap(toMinute - hourMinutes), toMinute, timeZone: 'UTC' };
    },
    reachBoundary() {
      offsetMs = boundaryMs - Date.now();
      stoppedAtMs = undefined;
    },
  };
}
