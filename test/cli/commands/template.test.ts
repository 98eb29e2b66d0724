import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createMappingTemplate,
  describeColumns,
  templateColumns,
} from '../../../src/cli/output/template-text.ts';
import { describeInputColumn } from '../../../src/domain/column-texts.ts';
import { canonicalColumns } from '../../../src/domain/columns.ts';
import { readRows } from '../../../src/input/csv-rows.ts';
import { parseMapping } from '../../../src/input/mapping-file.ts';
import { createMerchantFile } from '../../support/merchant-file.ts';
import { limits } from '../../support/payment-options.ts';

test("the template's header is taken, and a row with only the required cells in it may be sent", async (t) => {
  const cells: Record<string, string> = {
    merchant_ref: 'a',
    card_number: '4111111111111111',
    expiry: '12/29',
    amount: '1',
    currency: 'JPY',
  };
  const line = templateColumns.map((column) => cells[column] ?? '').join(',');
  const path = await createMerchantFile(t, `${templateColumns.join(',')}\n${line}\n`);
  const rows = [];
  for await (const some of readRows(path, {
    today: '2026-11-23',
    isLive: false,
    limits,
    fingerprintKey: Buffer.alloc(32, 7),
  }))
    rows.push(...some);
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['sendable'],
  );
});

test('both templates name every column with its limit, within 80 columns', () => {
  for (const text of [describeColumns(limits), createMappingTemplate(limits)]) {
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    for (const column of canonicalColumns) {
      const { maxCharacters } = describeInputColumn(column, limits);
      const limit = maxCharacters === undefined ? '' : `[^.]*\\. At most ${maxCharacters} characters`;
      assert.match(
        text,
        new RegExp(`^(?:# )?${column}(?: \\(never a constant\\))?\\n(?:#)? +\\w+${limit}`, 'm'),
      );
    }
  }
});

test('the template of a mapping maps nothing until its lines are filled in', () => {
  assert.deepEqual(parseMapping(createMappingTemplate(limits), limits), {
    columns: {},
    constants: {},
    ignored: [],
  });
  const filled = createMappingTemplate(limits).replace(/^#( {2}\S.*)$/gm, '$1');
  assert.deepEqual(parseMapping(filled, limits), {
    columns: { 'Card No.': 'card_number' },
    constants: { billing_country: 'JP' },
    ignored: ['points'],
  });
});
