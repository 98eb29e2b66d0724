import type { SendWindow } from '../../src/domain/send-window.ts';

const minuteMs = 60_000;
const hourMinutes = 60;

/** A clock for a worker that can be moved, so that a window's opening or closing need not be waited for. */
export interface WindowClock {
  nowMs(): number;
  /** Moves the clock to so long before the next full minute, and gives the window that opens then, for an hour. */
  openingIn(ms: number): SendWindow;
  /** The same, with the window that closes then, after an hour. */
  closingIn(ms: number): SendWindow;
}

export function createWindowClock(): WindowClock {
  let offsetMs = 0;
  const moveBefore = (ms: number): number => {
    const boundaryMs = Math.ceil(Date.now() / minuteMs) * minuteMs;
    offsetMs = boundaryMs - ms - Date.now();
    const boundary = new Date(boundaryMs);
    return boundary.getUTCHours() * hourMinutes + boundary.getUTCMinutes();
  };
  const wrap = (minute: number): number => (minute + 24 * hourMinutes) % (24 * hourMinutes);
  return {
    nowMs: () => Date.now() + offsetMs,
    openingIn(ms) {
      const fromMinute = moveBefore(ms);
      return { fromMinute, toMinute: wrap(fromMinute + hourMinutes), timeZone: 'UTC' };
    },
    closingIn(ms) {
      const toMinute = moveBefore(ms);
      return { fromMinute: wrap(toMinute - hourMinutes), toMinute, timeZone: 'UTC' };
    },
  };
}
