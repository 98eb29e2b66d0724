/* A defect in a provider's own part loses no answer, and lets no row be sent again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayApi } from '../../src/gateway/gateway-api.ts';
import { openGateway } from '../../src/gateway/open-gateway.ts';
import { paymentOptions } from '../../src/gateway/payment-options/provider.ts';
import { createSendableRow } from '../support/batches.ts';
import { startHttpServer } from '../support/tcp-servers.ts';

const fail = (): never => {
  throw new TypeError('a defect');
};

const rules = (changes: Partial<GatewayApi['rules']>) => (api: GatewayApi) => ({
  ...api,
  rules: { ...api.rules, ...changes },
});

for (const [what, spoil] of [
  ['findAnswer', (api: GatewayApi) => ({ ...api, findAnswer: fail })],
  ['provesPayment', rules({ provesPayment: fail })],
  ['deniesPayment', rules({ deniesPayment: fail })],
  ['describeOddApproval', rules({ describeOddApproval: fail })],
] as const) {
  test(`a provider whose ${what} throws leaves the row unknown, with the bytes of its answer`, async (t) => {
    const { port } = await startHttpServer(t, (_, response) => {
      const ids = { id: 'txn-1', stored_payment_method_id: 'pm-1' };
      // This answer needs every one of the rules.
      const body = { success: true, payment_details: { response_code: 0 }, transaction_details: ids };
      response.writeHead(201).end(JSON.stringify(body));
    });
    const provider = {
      ...paymentOptions,
      createApi: (keys: Parameters<typeof paymentOptions.createApi>[0]) =>
        spoil(paymentOptions.createApi(keys)),
    };
    const keys = { PAYMENT_OPTIONS_AUTHORIZATION: 'a', PAYMENT_OPTIONS_X_API_KEY: 'b' };
    const gateway = openGateway(provider, `http://127.0.0.1:${port}`, keys);
    t.after(() => gateway.close());
    const request = { row: createSendableRow(1), merchantId: 'm', merchantTxnRef: 'ref', timeoutMs: 5_000 };
    const { exchange, verdict } = await gateway.tokenize(request);
    assert.deepEqual(
      [verdict.kind === 'final' && verdict.outcome, verdict.kind === 'final' && verdict.errorCode],
      ['unknown', 'unknown_unreadable_answer'],
    );
    assert.match(String('raw' in exchange ? Buffer.from(exchange.raw ?? []) : ''), /pm-1/);
  });
}
