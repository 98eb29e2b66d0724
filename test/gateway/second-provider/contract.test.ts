import { describeGatewayContract } from '../contract.ts';
import { fakeKeys, startFakeVault } from './fake-vault.ts';
import { exampleVault } from './provider.ts';

describeGatewayContract({
  provider: exampleVault,
  keys: fakeKeys,
  readRequest(body) {
    const form = new URLSearchParams(body);
    const read = (name: string): string => form.get(name) ?? '';
    return {
      merchantTxnRef: read('reference'),
      amount: read('value'),
      currency: read('unit'),
      cardNumber: read('pan'),
    };
  },
  paid: (request, changes = {}) => ({
    status: 200,
    body: {
      mode: 'test',
      reference: changes.merchantTxnRef ?? request.merchantTxnRef,
      state: 'APPROVED',
      reason: 'A00',
      reason_text: changes.message,
      charge: {
        id: changes.transactionId,
        value: changes.amount ?? request.amount,
        unit: request.currency,
      },
      vault: { card_token: changes.token, brand: 'Visa' },
    },
  }),
  declined: ({ merchantTxnRef }) => ({
    status: 402,
    body: { mode: 'test', reference: merchantTxnRef, state: 'REFUSED', reason: 'R05' },
  }),
  async startFake(t) {
    const { baseUrl, charges } = await startFakeVault(t);
    return { baseUrl, charges: () => charges.length };
  },
});
