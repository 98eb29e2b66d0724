import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerRedactor } from '../../src/domain/redaction/answer-redactor.ts';
import { createKnownCards } from '../../src/domain/redaction/known-cards.ts';
import { createSecretDetector } from '../../src/domain/redaction/secret-detector.ts';
import { createKeyRemover, secretsOf } from '../../src/gateway/key-removal.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const keys = { authorization: `Basic ${base64('secretuser:secretpass')}`, apiKey: 'XAPIKEYSECRET123' };
const credentials = base64('secretuser:secretpass');

function openRedactor() {
  return createAnswerRedactor({
    ownCardNumber: '4111111111111111',
    knownCards: createKnownCards(1),
    holdsSecret: createSecretDetector(secretsOf(keys)),
    holdsSecretInId: createSecretDetector(secretsOf(keys)),
    removeKeys: createKeyRemover(keys),
  });
}

test('keys in plain form are removed from a text, in any case', () => {
  const removeKeys = createKeyRemover(keys);
  for (const key of [keys.apiKey, keys.authorization, credentials, 'secretpass', 'secretuser']) {
    for (const form of [key, key.toLowerCase(), encodeURIComponent(key)]) {
      assert.equal(removeKeys(`bad ${form}!`), 'bad [key removed]!');
    }
  }
});

test('nothing remains of a key that begins with another one', () => {
  const shorter = 'sk_live_4f7Q9z';
  for (const [authorization, apiKey] of [
    [`Bearer ${shorter}-and-more`, shorter],
    [shorter, `${shorter}-and-more`],
  ] as const) {
    const removeKeys = createKeyRemover({ authorization, apiKey });
    assert.equal(removeKeys(`bad ${shorter}-and-more!`), 'bad [key removed]!');
    assert.equal(removeKeys(`bad ${shorter}!`), 'bad [key removed]!');
  }
});

for (const [name, form] of [
  ['spaced out', [...keys.apiKey].join(' ')],
  ['in base64', base64(keys.apiKey)],
  ['the header in lower case', keys.authorization.toLowerCase()],
  ['split in two', `${keys.apiKey.slice(0, 8)} ${keys.apiKey.slice(8)}`],
  ['the credentials, spaced out', [...credentials].join('-')],
  ['the credentials, decoded and spaced out', [...'secretuser:secretpass'].join(' ')],
  ['the password, backwards', 'ssapterces'],
  ['the password in hex', Buffer.from('secretpass').toString('hex')],
  ['the credentials in base64 again', base64(credentials)],
] as const) {
  test(`a key that a gateway repeats ${name} does not pass`, () => {
    const text = openRedactor().text(`bad ${form} / given`, 300) ?? '';
    assert.ok(!text.includes(form), text);
    assert.ok(!createSecretDetector([...secretsOf(keys), 'secretuser'])(text), text);
    assert.ok(!openRedactor().isSafeId(`id-${form}`));
  });
}

test('an id may hold the user name: it is not a secret, and removing it would lose the token', () => {
  assert.ok(openRedactor().isSafeId('secretuser-pm-1'));
  assert.ok(!secretsOf(keys).includes('secretuser'));
});

test('a user name without a password is the secret', () => {
  const secrets = secretsOf({ authorization: `Basic ${base64('sk_live_4f7Q9z:')}`, apiKey: '' });
  assert.ok(secrets.includes('sk_live_4f7Q9z'));
});

test('without keys, or with keys of a few characters, every text stays', () => {
  assert.deepEqual(secretsOf({ authorization: '', apiKey: 'y' }), []);
  assert.equal(createKeyRemover({ authorization: '', apiKey: '' })('Basic text'), 'Basic text');
});
