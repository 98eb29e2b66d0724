import { paymentOptions } from '../../../src/gateway/payment-options/provider.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { describeGatewayContract } from '../contract.ts';

describeGatewayContract({
  provider: paymentOptions,
  keys: {
    PAYMENT_OPTIONS_AUTHORIZATION: 'Basic simulator',
    PAYMENT_OPTIONS_X_API_KEY: 'simulator',
  },
  readRequest(body) {
    const { merchant_txn_ref, amount, currency, card } = JSON.parse(body);
    return { merchantTxnRef: merchant_txn_ref, amount, currency, cardNumber: card.number };
  },
  paid: (request, changes = {}) => ({
    status: 201,
    body: {
      success: true,
      is_live: false,
      gateway_response: { message: changes.message ?? 'Payment Successful.', code: 'INFO0000' },
      payment_details: { amount: changes.amount ?? request.amount, response_code: 0, scheme: 'VISA' },
      transaction_details: {
        id: changes.transactionId,
        merchant_txn_ref: changes.merchantTxnRef ?? request.merchantTxnRef,
        stored_payment_method_id: changes.token ?? null,
      },
    },
  }),
  declined: ({ merchantTxnRef }) => ({
    status: 200,
    body: {
      success: false,
      gateway_response: { message: 'Insufficient funds.', code: 'ERR2001' },
      payment_details: { response_code: 51 },
      transaction_details: { id: 'txn-2', merchant_txn_ref: merchantTxnRef },
    },
  }),
  async startFake(t) {
    const simulator = createSimulator();
    const { baseUrl } = await simulator.listen(0);
    t.after(() => simulator.close());
    return { baseUrl, charges: () => simulator.stats().charges };
  },
});
