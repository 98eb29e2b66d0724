import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/logger.ts';
import { cardSpellings } from '../support/card-spellings.ts';

const card = '4111111111111111';

/** What a logger writes for `log`, as text. */
function written(log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  log(
    createLogger('trace', {
      write: (line) => {
        text += line;
      },
    }),
  );
  return text;
}

for (const [name, spell] of Object.entries(cardSpellings)) {
  test(`no log line shows a card number written with ${name}, in any position`, () => {
    const spelled = spell(card);
    const text = written((logger) => {
      logger.info(`card ${spelled} given`);
      logger.warn({ answer: { parts: [spelled] } }, 'an object');
      logger.error({ err: new Error(`card ${spelled}`, { cause: new Error(spelled) }) }, 'an error');
      logger.error(new Error(`card ${spelled}`));
      logger.error({ err: new RangeError(spelled) });
    });
    assert.ok(!text.includes(JSON.stringify(spelled).slice(1, -1)), text);
    assert.match(text, /\[digits removed\]/);
    for (const line of text.trim().split('\n')) assert.ok(JSON.parse(line).time > 1e12, 'the time stays');
  });
}

test('a card number as a number, as a name, or under a secret name does not show', () => {
  const text = written((logger) => {
    logger.info({
      value: 4111111111111111,
      [card]: 1,
      cardNumber: card,
      headers: { authorization: 'Basic x' },
    });
  });
  assert.doesNotMatch(text, /4111|Basic/);
});

test('ordinary lines keep their fields', () => {
  const text = written((logger) =>
    logger.info(
      { batchId: 'cardlift/1234/march', rows: 1_000, isLive: false, none: null, at: [1, 'a'] },
      'Started',
    ),
  );
  const { batchId, rows, isLive, none, at, msg } = JSON.parse(text);
  assert.deepEqual(
    { batchId, rows, isLive, none, at, msg },
    { batchId: 'cardlift/1234/march', rows: 1_000, isLive: false, none: null, at: [1, 'a'], msg: 'Started' },
  );
});
