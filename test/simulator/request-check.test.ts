import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { checkRequest } from '../../src/simulator/request-check.ts';

const wholeAddress = {
  country: 'JP',
  email: 'billing@shop.example',
  phone_number: '8112345678',
  address1: '1-2-3 Shinjuku',
  city: 'Shinjuku-ku',
  state: 'Tokyo',
  postal_code: '1600022',
};

const wholeRequest = {
  amount: '1000',
  currency: 'JPY',
  card: {
    cvc: '100',
    expiry_month: '12',
    expiry_year: '2039',
    name: 'Aiko Example',
    number: '4111111111111111',
  },
  payment_method: { type: 'scheme', store_payment_method: true },
  merchant_txn_ref: 'abc-1',
  customer_ip: '127.0.0.1',
  merchant_id: 'demo',
  return_url: {
    webhook_url: 'http://shop.example/hook',
    success_url: 'http://shop.example/yes',
    decline_url: 'http://shop.example/no',
  },
  billing_address: wholeAddress,
  shipping_address: { ...wholeAddress },
  time_zone: 'Asia/Tokyo',
};

interface Property {
  readonly type: string;
  readonly maxLength?: number;
  readonly properties?: Record<string, Property>;
}

interface ApiDocument {
  readonly paths: Record<
    string,
    {
      readonly post: {
        readonly requestBody: {
          readonly content: Record<string, { readonly schema: Property & { readonly required: string[] } }>;
        };
      };
    }
  >;
}

const apiFile = new URL('../../api/generate-token.openapi.yaml', import.meta.url);
const api = parse(await readFile(apiFile, 'utf8')) as ApiDocument;
const schema =
  api.paths['/api/v1/server-to-server-interface/payment']?.post.requestBody.content['application/json']
    ?.schema;
assert.ok(schema?.properties);

/** Every field of the schema, including objects, with its path. */
function fieldsOf(properties: Record<string, Property>, prefix: string[] = []): [string[], Property][] {
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = [...prefix, name];
    return [[path, property] as [string[], Property], ...fieldsOf(property.properties ?? {}, path)];
  });
}

const fields = fieldsOf(schema.properties);

/** A copy of the complete request with another value at the path; undefined removes the field. */
function withValue(path: readonly string[], value: unknown): unknown {
  const copy: Record<string, unknown> = structuredClone(wholeRequest);
  let target = copy;
  for (const part of path.slice(0, -1)) target = target[part] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete target[last];
  else target[last] = value;
  return copy;
}

function refusedFields(body: unknown): readonly string[] {
  const check = checkRequest(body);
  return check.isValid ? [] : check.fields;
}

test('A request with every field of the API is accepted', () => {
  assert.deepEqual(refusedFields(wholeRequest), []);
});

test('The schema has exactly the fields in this table', () => {
  assert.equal(fields.length, 35);
});

for (const [path, property] of fields) {
  const name = path.join('.');
  const isRequired = path.length === 1 && schema.required.includes(name);

  test(`${name}: a value of another type is refused by its path`, () => {
    assert.deepEqual(refusedFields(withValue(path, 12)), [name]);
    assert.deepEqual(refusedFields(withValue(path, null)), [name]);
  });

  test(`${name}: leaving it out is ${isRequired ? 'refused' : 'accepted'}`, () => {
    assert.deepEqual(refusedFields(withValue(path, undefined)), isRequired ? [name] : []);
  });

  // The currency's length is checked by its pattern.
  if (property.maxLength !== undefined && name !== 'currency') {
    const { maxLength } = property;
    test(`${name}: ${maxLength} characters are accepted, one more is refused`, () => {
      assert.deepEqual(refusedFields(withValue(path, 'x'.repeat(maxLength))), []);
      assert.deepEqual(refusedFields(withValue(path, 'x'.repeat(maxLength + 1))), [name]);
      assert.deepEqual(refusedFields(withValue(path, '𠮷'.repeat(maxLength))), []);
    });
  }

  if (property.type === 'object') {
    test(`${name}: an unknown key in it is refused by its path`, () => {
      assert.deepEqual(refusedFields(withValue([...path, 'surprise'], 'x')), [`${name}.surprise`]);
    });
  }
}

test('An unknown key at the top is refused by its name', () => {
  assert.deepEqual(refusedFields({ ...wholeRequest, installments: '3' }), ['installments']);
});

test('An unknown key with digits is not repeated, because it may be a card number', () => {
  assert.deepEqual(refusedFields({ ...wholeRequest, '4111111111111111': '' }), ['(unknown key)']);
});

for (const amount of ['', '0', '0.00', '-1', '1,000', '1e3', ' 1', '1.']) {
  test(`amount "${amount}" is refused, because it cannot be charged`, () => {
    assert.deepEqual(refusedFields({ ...wholeRequest, amount }), ['amount']);
  });
}

for (const currency of ['', 'JP', 'JPYN', 'jpy']) {
  test(`currency "${currency}" is refused`, () => {
    assert.deepEqual(refusedFields({ ...wholeRequest, currency }), ['currency']);
  });
}

for (const body of [null, [], 'text', 3]) {
  test(`A body that is ${JSON.stringify(body)} is refused as a whole`, () => {
    assert.deepEqual(refusedFields(body), ['body']);
  });
}

test('Several wrong fields are all named, and none of their values', () => {
  const body = {
    ...wholeRequest,
    merchant_id: 7,
    card: { ...wholeRequest.card, number: '41111111111111111111' },
  };
  assert.deepEqual([...refusedFields(body)].sort(), ['card.number', 'merchant_id']);
});
