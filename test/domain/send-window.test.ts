import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatWindow,
  isTimeZone,
  parseWindow,
  type SendWindow,
  windowStateAt,
} from '../../src/domain/send-window.ts';

const windowOf = (text: string, timeZone: string): SendWindow => {
  const parsed = parseWindow(text);
  assert.ok(parsed !== undefined, text);
  return { ...parsed, timeZone };
};

/** Window, zone, now, open or closed, time of the next change. */
const cases: readonly [
  what: string,
  window: string,
  zone: string,
  now: string,
  state: 'open' | 'closed',
  until: string,
][] = [
  [
    'before the opening',
    '22:00-06:00',
    'Asia/Tokyo',
    '2026-03-10T21:59:59+09:00',
    'closed',
    '2026-03-10T22:00+09:00',
  ],
  [
    'at the opening',
    '22:00-06:00',
    'Asia/Tokyo',
    '2026-03-10T22:00:00+09:00',
    'open',
    '2026-03-11T06:00+09:00',
  ],
  [
    'over midnight',
    '22:00-06:00',
    'Asia/Tokyo',
    '2026-03-11T00:00:00+09:00',
    'open',
    '2026-03-11T06:00+09:00',
  ],
  [
    'the last moment',
    '22:00-06:00',
    'Asia/Tokyo',
    '2026-03-11T05:59:59.999+09:00',
    'open',
    '2026-03-11T06:00+09:00',
  ],
  [
    'at the closing',
    '22:00-06:00',
    'Asia/Tokyo',
    '2026-03-11T06:00:00+09:00',
    'closed',
    '2026-03-11T22:00+09:00',
  ],
  ['within one day', '09:00-17:30', 'UTC', '2026-03-10T12:00:00Z', 'open', '2026-03-10T17:30Z'],
  ['until midnight', '20:00-24:00', 'UTC', '2026-03-10T23:59:00Z', 'open', '2026-03-11T00:00Z'],
  ['from midnight', '00:00-01:00', 'UTC', '2026-03-10T23:59:00Z', 'closed', '2026-03-11T00:00Z'],
  [
    'a zone of a quarter hour',
    '22:00-23:00',
    'Asia/Kathmandu',
    '2026-03-10T12:00:00Z',
    'closed',
    '2026-03-10T16:15Z',
  ],
  // New York: 2026-03-08 02:00 becomes 03:00; 2026-11-01 02:00 becomes 01:00.
  [
    'a night that lacks an hour',
    '22:00-06:00',
    'America/New_York',
    '2026-03-08T04:00:00Z',
    'open',
    '2026-03-08T10:00Z',
  ],
  [
    'a closing in the hour that is skipped',
    '22:00-02:30',
    'America/New_York',
    '2026-03-08T06:00:00Z',
    'open',
    '2026-03-08T07:00Z',
  ],
  [
    'an opening in the hour that is skipped',
    '02:30-05:00',
    'America/New_York',
    '2026-03-08T06:59:00Z',
    'closed',
    '2026-03-08T07:00Z',
  ],
  [
    'a window in the hour that is skipped',
    '02:10-02:50',
    'America/New_York',
    '2026-03-07T20:00:00Z',
    'closed',
    '2026-03-09T06:10Z',
  ],
  [
    'a night with an hour more',
    '22:00-06:00',
    'America/New_York',
    '2026-11-01T03:00:00Z',
    'open',
    '2026-11-01T11:00Z',
  ],
  [
    'a closing in the hour that is repeated, first',
    '22:00-01:30',
    'America/New_York',
    '2026-11-01T05:00:00Z',
    'open',
    '2026-11-01T05:30Z',
  ],
  [
    '… which opens again when the clock goes back',
    '22:00-01:30',
    'America/New_York',
    '2026-11-01T05:45:00Z',
    'closed',
    '2026-11-01T06:00Z',
  ],
  [
    '… and closes for the second time',
    '22:00-01:30',
    'America/New_York',
    '2026-11-01T06:00:00Z',
    'open',
    '2026-11-01T06:30Z',
  ],
  // Lord Howe shifts by half an hour: 2026-04-05 02:00 becomes 01:30.
  [
    'half an hour repeated',
    '23:00-01:45',
    'Australia/Lord_Howe',
    '2026-04-04T14:30:00Z',
    'open',
    '2026-04-04T14:45Z',
  ],
  [
    'half an hour repeated, again',
    '23:00-01:45',
    'Australia/Lord_Howe',
    '2026-04-04T15:00:00Z',
    'open',
    '2026-04-04T15:15Z',
  ],
];

for (const [what, window, zone, now, state, until] of cases) {
  test(`${window} in ${zone}, ${what}: ${state} until ${until}`, () => {
    const found = windowStateAt(windowOf(window, zone), Date.parse(now));
    assert.equal(found.isOpen ? 'open' : 'closed', state);
    assert.equal(new Date(found.changesAtMs).toISOString(), new Date(Date.parse(until)).toISOString());
  });
}

test('followed from change to change over a year, it is never open outside the window or closed inside', () => {
  const window = windowOf('22:30-05:15', 'Europe/Berlin');
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Berlin',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let at = Date.parse('2026-01-01T12:00:00Z');
  let openings = 0;
  for (const end = at + 366 * 86_400_000; at < end; ) {
    const { isOpen, changesAtMs } = windowStateAt(window, at);
    assert.ok(changesAtMs > at);
    for (const ms of [at, changesAtMs - 1]) {
      const time = clock.format(ms);
      assert.equal(isOpen, time >= '22:30' || time < '05:15', time);
    }
    if (isOpen) openings += 1;
    at = changesAtMs;
  }
  assert.equal(openings, 366);
});

for (const text of [
  '',
  '22-06',
  '22:00',
  '25:00-06:00',
  '22:60-06:00',
  '22:00-22:00',
  '00:00-24:00',
  '24:01-06:00',
  'a:b-c:d',
]) {
  test(`"${text}" is not a window`, () => assert.equal(parseWindow(text), undefined));
}

test('a window is formatted as it is parsed, and zones are known only by their names', () => {
  assert.equal(formatWindow(windowOf('9:05 - 24:00', 'Asia/Tokyo')), '09:05-24:00 Asia/Tokyo');
  assert.deepEqual(['Asia/Tokyo', 'UTC', 'Asia/Nowhere', ''].map(isTimeZone), [true, true, false, false]);
});
