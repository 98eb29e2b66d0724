/*
 * What an operator types, and what a library reports, may hold a card number that was pasted into
 * the wrong place.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '../../src/cli/failure.ts';
import { createProgram } from '../../src/cli/program.ts';
import { auditNewsOf } from '../../src/operations/audit-news.ts';
import { cardSpellings } from '../support/card-spellings.ts';

const card = '4111111111111111';

for (const [name, spell] of Object.entries(cardSpellings)) {
  const spelled = spell(card);

  test(`a reason loses a card number written with ${name}`, () => {
    const { reason } = auditNewsOf({ operator: 'mia@desk' }, 'pause', {
      reason: `card ${spelled} and 4111 1111 1111 1111`,
    });
    assert.ok(!reason?.includes(spelled));
    assert.match(reason ?? '', /\[digits removed\]/);
  });

  test(`an engine's failure loses a card number written with ${name}`, () => {
    const { exitCode, message } = describeFailure(new TypeError(`cannot read ${spelled}`));
    assert.equal(exitCode, 4);
    assert.ok(!message?.includes(spelled), message);
  });

  test(`a refused option does not quote a card number written with ${name}`, async () => {
    let text = '';
    const program = await createProgram();
    for (const command of [program, ...program.commands]) {
      command.configureOutput({
        writeErr: (part) => {
          text += part;
        },
      });
    }
    await assert.rejects(program.parseAsync(['set-rate', 'march', `a${spelled}`], { from: 'user' }));
    assert.ok(!text.includes(spelled), text);
  });
}
