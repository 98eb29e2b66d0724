import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOfCode } from '../../src/gateway/connect-phase.ts';

for (const code of [
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'CRL_HAS_EXPIRED',
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
]) {
  test(`${code} would fail every row, so the batch holds with it`, () => {
    assert.deepEqual(failureOfCode(code), { kind: 'not_trusted', code });
  });
}

for (const [code, cause] of [
  ['ECONNRESET', 'other'],
  ['EPIPE', 'other'],
  ['EHOSTUNREACH', 'other'],
  ['', 'other'],
  ['ECONNREFUSED', 'refused'],
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['ETIMEDOUT', 'timeout'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'timeout'],
] as const) {
  test(`${code || 'no code'} passes by itself, so the row is sent again later`, () => {
    assert.deepEqual(failureOfCode(code), { kind: 'not_connected', cause });
  });
}
