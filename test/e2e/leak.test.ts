/*
 * Card numbers exist in the merchant's file, in encrypted staging and in the request, and nowhere
 * else (PCI DSS 3.5.1, 12.10.7). The hardest test of that is a gateway that repeats the number in
 * every answer.
 */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { shardWorkflowIdOf } from '../../src/contract/ids.ts';
import { generatedCardNumber } from '../../src/simulator/card-numbers.ts';
import { cardSpellings } from '../support/card-spellings.ts';
import { createCardliftSite } from '../support/cardlift-process.ts';
import { toHistoryJson } from '../support/history-json.ts';
import { goodAnswer, httpAnswer, startHostileGateway } from '../support/hostile-gateway.ts';
import { readResultFile } from '../support/ledger-comparison.ts';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts';
import { type CardNumberForm, cardNumberForms, findCardNumbers } from './card-number-search.ts';
import { startEchoingGateway } from './echoing-gateway.ts';

const knownCards = [
  '4000000000001091',
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '3566111111111113',
  '6011111111111117',
  '2222420000001113',
  '5200000000001005',
];
/** Longer than the gateway accepts: rejected, but still secret. */
const overlongCards = ['6759560045005727054', '8171999900000000021'];
const generatedCards = Array.from({ length: 22 }, (_, index) => generatedCardNumber(7_000 + index));
/** In the place of a reference. */
const misplacedCard = generatedCardNumber(7_100);
const wrongCard = '4111111111111112';
const allCards = [...knownCards, ...overlongCards, ...generatedCards, misplacedCard, wrongCard];

function merchantFile(): string {
  const lines = [...knownCards, ...generatedCards, ...overlongCards, wrongCard].map(
    (card, index) => `ref-${index + 1},${card},12/2039,Sample Person,10,JPY`,
  );
  lines.push(`${misplacedCard},${misplacedCard},12/2039,${misplacedCard},10,JPY`);
  lines.push(`ref-last,${misplacedCard},12/2039,Sample Person,10,JPY,${misplacedCard}`);
  return `merchant_ref,card_number,expiry,cardholder_name,amount,currency\n${lines.join('\n')}\n`;
}

/** Every file below a folder. */
async function readTree(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, await readFile(path));
  }
  return files;
}

/** A workflow's history as text, each payload decoded beside its raw form. */
async function readHistory(temporal: TemporalServer, workflowId: string): Promise<Buffer> {
  const history = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const json = JSON.stringify(toHistoryJson(history));
  const decoded = json.replace(
    /"data":"([^"]*)"/g,
    (raw, data: string) =>
      `${raw},"decoded":${JSON.stringify(Buffer.from(data, 'base64').toString('latin1'))}`,
  );
  return Buffer.from(decoded);
}

test('the search finds a card number that is planted in each form, and none in bytes without one', () => {
  const card = '4111111111111111';
  const planted: Readonly<Record<CardNumberForm, readonly (string | Buffer)[]>> = {
    plain: [`x${card}y`],
    separated: [
      '4111 1111 1111 1111',
      '4111-1111-1111-1111',
      '4111.1111.1111.1111',
      '4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1',
    ],
    fragments: [
      '["4111","1111","1111","1111"]',
      "'4111' + '1111' + '1111' + '1111'",
      '\\"4111\\", \\"1111\\", \\"1111\\", \\"1111\\"',
    ],
    utf16: [Buffer.from(`x${card}`, 'utf16le'), Buffer.from(`x${card}`, 'utf16le').swap16()],
    base64: ['', 'a', 'ab', 'abc'].map((before) => Buffer.from(`${before}${card}"}`).toString('base64')),
    hex: [Buffer.from(card).toString('hex'), Buffer.from(card).toString('hex').toUpperCase()],
  };
  for (const form of cardNumberForms) {
    for (const sample of planted[form]) {
      const found = findCardNumbers(Buffer.from(sample), [card]).map((finding) => finding.form);
      assert.ok(found.includes(form), `${form}: ${found}`);
    }
  }
  assert.deepEqual(findCardNumbers(Buffer.from('4111111111111112 411111******1111'), [card]), []);
});

test('a gateway that repeats card numbers in every answer, failures and holds included, leaves none anywhere', async (t) => {
  const temporal = await startTemporalServer();
  t.after(() => temporal.stop());
  const gateway = await startEchoingGateway();
  t.after(() => gateway.close());
  const site = await createCardliftSite({
    baseUrl: gateway.baseUrl,
    temporalAddress: temporal.address,
    hasOwnTemporaryFolder: true,
    // The loader's cache would hold our sources, and with them the list of well-known test cards.
    environment: { CARDLIFT_LOG_LEVEL: 'trace', TSX_DISABLE_CACHE: '1' },
  });
  t.after(() => site.remove());
  const merchantFolder = join(site.folder, 'merchant');
  await mkdir(merchantFolder);
  const file = join(merchantFolder, 'cards.csv');
  await writeFile(file, merchantFile());

  const flags = ['--concurrency', '2', '--batch', 'leaks'];
  const held = await site.startRun(file, flags).exited;
  assert.equal(held.code, 3, held.stderr);
  const ended = await site.startRun(file, [...flags, '--resume']).exited;
  assert.equal(ended.code, 1, ended.stderr);
  for (const kind of [
    'paid',
    'declined',
    'refused',
    'code',
    'text',
    'broken',
    'ids',
    'detail',
    'half',
    'later',
    'forbidden',
  ]) {
    assert.ok((gateway.given.get(kind) ?? 0) > 0, `an answer of the kind ${kind} was given`);
  }
  const results = await readResultFile(site.outFolder, 'results.csv');
  assert.equal(results.length, knownCards.length + generatedCards.length + overlongCards.length + 3);
  assert.ok(results.some(({ error_message }) => error_message?.includes('[digits removed]')));

  const batchId = `cardlift/${site.merchantId}/leaks`;
  const places = new Map([
    ...(await readTree(temporal.folder)),
    ...(await readTree(site.folder)),
    ['output of the held run', Buffer.from(held.stdout + held.stderr)] as const,
    ['output of the last run', Buffer.from(ended.stdout + ended.stderr)] as const,
    ["the batch's history", await readHistory(temporal, batchId)] as const,
    ["the shard's history", await readHistory(temporal, shardWorkflowIdOf(batchId, 1, 1))] as const,
  ]);
  assertIsSearched(places, batchId);
  const found = findCardNumbers(places.get(file) ?? Buffer.of(), allCards).filter(
    ({ form }) => form === 'plain',
  );
  assert.equal(found.length, allCards.length, "the merchant's own file has them all");
  places.delete(file);
  for (const [context, bytes] of places) {
    const findings = findCardNumbers(bytes, allCards).map(
      ({ cardNumber, form }) => `card ${allCards.indexOf(cardNumber)}, ${form}`,
    );
    assert.deepEqual(findings, [], context);
  }
});

/**
 * Asserts that the searched places matter and hold what they should: a search in the wrong files
 * finds nothing, too.
 */
function assertIsSearched(places: ReadonlyMap<string, Buffer>, batchId: string): void {
  const holding = (pattern: RegExp, text: string): boolean =>
    [...places].some(([context, bytes]) => pattern.test(context) && bytes.includes(text));
  assert.ok(holding(/temporal\.db/, batchId), "the server's database");
  assert.ok(holding(/temporal\.db/, 'digits removed'), "the gateway's scrubbed words, in a failure");
  assert.ok(holding(/batch's history/, 'HTTP 401'), 'the hold, in the history');
  assert.ok(holding(/shard's history/, 'NotProcessed'), "a row's failure, in the history");
  assert.ok(holding(/results\.csv$/, 'ref-1,'));
  for (const name of [
    /staging\/[^/]+\/shard-1\.enc$/,
    /outcomes\.1\.jsonl$/,
    /charges\.csv$/,
    /key\.json$/,
  ]) {
    assert.ok(
      [...places.keys()].some((context) => name.test(context)),
      String(name),
    );
  }
}

/** A spelling as a file may hold it: itself, in JSON, in JSON within JSON, and in a URL. */
function writtenForms(spelled: string): string[] {
  const inJson = JSON.stringify(spelled).slice(1, -1);
  return [...new Set([spelled, inJson, JSON.stringify(inJson).slice(1, -1), encodeURIComponent(spelled)])];
}

test('a gateway that spells card numbers in every way, in texts and in ids, leaves no spelling anywhere', async (t) => {
  const temporal = await startTemporalServer();
  t.after(() => temporal.stop());
  const spellings = Object.values(cardSpellings);
  /** The spelling used for each card. */
  const spelledOf = new Map<string, string>();
  const hostile = await startHostileGateway(t, (socket, request) => {
    const { number: card } = request.body.card;
    const spelled = spellings[Math.floor((request.number - 2) / 3)]?.(card) ?? '';
    const kind = (request.number - 2) % 3;
    // The first one, and each one after an id, succeeds: the batch must not hold.
    if (request.number === 1 || kind === 2) socket.write(httpAnswer(201, goodAnswer(request)));
    else if (kind === 0) {
      spelledOf.set(card, spelled);
      const refused = goodAnswer(request, {
        top: { success: false },
        gateway: { code: 'ERR2001', message: `so: ${spelled} end` },
        payment: { response_code: 51, scheme: spelled },
        transaction: { id: spelled, stored_payment_method_id: undefined },
      });
      socket.write(httpAnswer(200, refused, { 'x-card': encodeURIComponent(spelled) }));
    } else {
      spelledOf.set(card, spelled);
      const transaction = { id: `t-${spelled}`, stored_payment_method_id: spelled };
      socket.write(httpAnswer(201, goodAnswer(request, { transaction })));
    }
  });
  const site = await createCardliftSite({
    baseUrl: hostile.baseUrl,
    temporalAddress: temporal.address,
    hasOwnTemporaryFolder: true,
    environment: { CARDLIFT_LOG_LEVEL: 'trace', TSX_DISABLE_CACHE: '1' },
  });
  t.after(() => site.remove());
  const rows = 1 + 3 * spellings.length;
  const cards = Array.from({ length: rows }, (_, index) => generatedCardNumber(8_000 + index));
  const file = join(site.folder, 'cards.csv');
  await writeFile(
    file,
    `merchant_ref,card_number,expiry,amount,currency\n${cards
      .map((card, index) => `ref-${index + 1},${card},12/2039,10,JPY\n`)
      .join('')}`,
  );
  const flags = ['--concurrency', '1', '--batch', 'spelled', '--tolerate', '100'];
  const ended = await site.startRun(file, flags).exited;
  assert.equal(ended.code, 1, ended.stderr);
  assert.equal(spelledOf.size, 2 * spellings.length);
  const commands = [
    ['show', 'spelled', 'ref-3'],
    ['show', 'spelled', 'ref-3', '--json'],
    ['status', 'spelled', '--audit'],
    ['report', 'spelled'],
  ];
  const batchId = `cardlift/${site.merchantId}/spelled`;
  const places = new Map([
    ...(await readTree(temporal.folder)),
    ...(await readTree(site.folder)),
    ['output', Buffer.from(ended.stdout + ended.stderr)] as const,
    ["the shard's history", await readHistory(temporal, shardWorkflowIdOf(batchId, 1, 1))] as const,
  ]);
  for (const command of commands) {
    const { stdout, stderr } = await site.start(command).exited;
    places.set(command.join(' '), Buffer.from(stdout + stderr));
  }
  assert.match(String(places.get('show spelled ref-3')), /the answer to \S+ is kept encrypted/);
  places.delete(file);
  const found: string[] = [];
  for (const [context, bytes] of places) {
    for (const spelled of spelledOf.values()) {
      if (writtenForms(spelled).some((form) => bytes.includes(form))) found.push(`${context}: ${spelled}`);
    }
  }
  assert.deepEqual(found, []);
});
