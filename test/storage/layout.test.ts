import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layout from '../../src/storage/layout.ts';

const batchId = 'cardlift/merchant/batch';
const wrongNumbers: readonly unknown[] = ['../../x', '1', 0, -1, 1.5, Number.NaN, 2 ** 53, null, undefined];
const wrongNames: readonly unknown[] = ['../x', 'a/b', '.hidden', '', 'a\0b', 7, undefined];

const byNumber: Readonly<Record<string, (number: never) => string>> = {
  'line of the audit log': (line) => layout.auditLineKey(batchId, line),
  'staged shard': (shard) => layout.stagedShardKey(batchId, 'attempt', shard),
  pass: (pass) => layout.passFolder(batchId, pass),
  'staging of a pass': (pass) => layout.passStagingFolder(batchId, pass, 'staging-1'),
  decision: (number) => layout.decisionKey(batchId, number),
  publication: (number) => layout.publicationKey(batchId, number),
  'witness of a shard': (shard) => layout.shardWitnessKey({ batchId, pass: 1, shard }, 'opened'),
  'pass of a shard': (pass) => layout.shardFolder({ batchId, pass, shard: 1 }),
  shard: (shard) => layout.shardFolder({ batchId, pass: 1, shard }),
  'outcomes of a shard': (shard) => layout.outcomesKey({ batchId, pass: 1, shard }),
  'former version': (version) => layout.formerResultKey(batchId, version, 'results.csv'),
};
for (const [what, keyOf] of Object.entries(byNumber)) {
  test(`the key of a ${what} is refused if its number is not a whole number from 1`, () => {
    assert.match(keyOf(12 as never), /12/);
    for (const number of wrongNumbers) assert.throws(() => keyOf(number as never), /Cannot locate/);
  });
}

const byName: Readonly<Record<string, (name: never) => string>> = {
  'staging attempt': (name) => layout.stagingAttemptFolder(batchId, name),
  'staging summary': (name) => layout.stagingSummaryKey(batchId, name),
  'fingerprints file': (name) => layout.fingerprintsKey(batchId, name),
  'skip decision': (sha256) => layout.skipDecisionsKey(batchId, sha256),
  'raw answer': (ref) => layout.rawAnswerKey(batchId, ref),
  'staging of a pass': (name) => layout.passStagingFolder(batchId, 2, name),
  'index entry': (sha256) => layout.indexKey('merchant', sha256),
  'merchant in the index': (merchantId) => layout.indexKey(merchantId, 'abcd'),
  account: (fingerprint) => layout.accountFolder(fingerprint),
};
for (const [what, keyOf] of Object.entries(byName)) {
  test(`the key of a ${what} is refused if its name could leave the folder`, () => {
    assert.match(keyOf('good-1' as never), /good-1/);
    for (const name of wrongNames) assert.throws(() => keyOf(name as never), /Cannot locate/);
  });
}

test('an id that is no batch id has no folder', () => {
  for (const id of ['cardlift/../x', 'cardlift/m/..', 'm/b', '', 7, undefined]) {
    assert.throws(() => layout.batchFolder(id as string), /its id is invalid/);
  }
});
