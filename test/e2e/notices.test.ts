import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, afterEach, beforeEach, test } from 'node:test';
import { type CardliftSite, createCardliftSite } from '../support/cardlift-process.ts';
import { noticeSecret, startNoticeReceiver } from '../support/notice-receiver.ts';
import { writeSampleFile } from '../support/sample-file.ts';
import { startSimulatorProcess } from '../support/simulator-process.ts';
import { startTemporalServer } from '../support/temporal-server.ts';

const temporal = await startTemporalServer();
const simulator = await startSimulatorProcess();
const receiver = await startNoticeReceiver();
let site: CardliftSite;

beforeEach(async () => {
  site = await createCardliftSite({ baseUrl: simulator.baseUrl, temporalAddress: temporal.address });
});
afterEach(() => site.remove());
after(async () => {
  await receiver.close();
  await simulator.stop();
  await temporal.stop();
});

test('start, hold and end are posted without a card number, and the address is in no file, no output and no history', async () => {
  const file = await writeSampleFile(site.folder, 6);
  const flags = ['--canary', '2', '--notify', receiver.url, '--batch', 'noticed'];
  const held = await site.startRun(file.path, flags).exited;
  assert.equal(held.code, 3, held.stderr);
  const ended = await site.startRun(file.path, ['--approve']).exited;
  assert.equal(ended.code, 0, ended.stderr);

  const notices = receiver.notices();
  assert.deepEqual(
    notices.map(({ event, phase, rows, hold }) => [event, phase, rows, hold?.code]),
    [
      ['start', 'sending', 6, undefined],
      ['hold', 'waiting_for_approval', 6, 'canary_sent'],
      ['end', 'finished', 6, undefined],
    ],
  );
  assert.equal(notices[2]?.outcomes.tokenized, 6);
  for (const { cardNumber } of file.rows) assert.ok(!receiver.bodies.join('').includes(cardNumber));

  const texts = [held.stdout, held.stderr, ended.stdout, ended.stderr];
  for (const name of await readdir(site.storageFolder, { recursive: true, withFileTypes: true })) {
    if (name.isFile()) texts.push(await readFile(`${name.parentPath}/${name.name}`, 'latin1'));
  }
  for await (const { workflowId } of temporal.client.workflow.list()) {
    const history = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
    for (const payload of JSON.stringify(history).matchAll(/"data":"([^"]*)"/g)) {
      texts.push(Buffer.from(payload[1] ?? '', 'base64').toString('latin1'));
    }
    texts.push(JSON.stringify(history));
  }
  assert.ok(texts.length > 10);
  for (const text of texts) assert.ok(!text.includes(noticeSecret));
});

test('a receiver named in the environment that never answers neither fails nor delays a batch, and the run ends soon after it', async () => {
  receiver.answer(undefined);
  const posted = receiver.bodies.length;
  const file = await writeSampleFile(site.folder, 6);
  const exit = await site.startRun(file.path, [], { CARDLIFT_NOTIFY_URL: receiver.url }).exited;
  assert.equal(exit.code, 0, exit.stderr);
  assert.ok(receiver.bodies.length > posted, 'it was tried');
});

test('a URL that is neither https nor on this machine is refused before anything starts, and not repeated', async () => {
  const file = await writeSampleFile(site.folder, 2);
  const exit = await site.startRun(file.path, ['--notify', `http://example.com/${noticeSecret}`]).exited;
  assert.equal(exit.code, 2);
  assert.ok(!exit.stderr.includes(noticeSecret), exit.stderr);
  const named = { CARDLIFT_NOTIFY_URL: `http://example.com/${noticeSecret}` };
  const inEnvironment = await site.startRun(file.path, [], named).exited;
  assert.equal(inEnvironment.code, 2);
  assert.match(inEnvironment.stderr, /CARDLIFT_NOTIFY_URL is refused: use https/);
  assert.ok(!inEnvironment.stderr.includes(noticeSecret), inEnvironment.stderr);
});
