import type { SendWindow } from '../../src/domain/send-window.ts';

const minuteMs = 60_000;
const hourMinutes = 60;

/** A clock for a worker that can be moved, so that a window's opening or closing need not be waited for. */
export interface WindowClock {
  nowMs(): number;
  /**
   * Moves the clock to so long before the next full minute, and stops it there; gives the window that opens then, for an
   * hour. The batch looks at its clock again after that time.
   */
  openingIn(ms: number): SendWindow;
  /** The same, with the window that closes then, after an hour. */
  closingIn(ms: number): SendWindow;
  /** Moves the stopped clock to the opening or the closing, from where it goes on. */
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
