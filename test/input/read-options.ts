import type { ReadRowsOptions } from '../../src/input/csv-rows.ts';
import { limits } from '../support/payment-options.ts';

/** How tests read a file of JPY amounts: on a fixed day, as a sandbox batch. */
export const readOptions: ReadRowsOptions = {
  today: '2026-11-23',
  isLive: false,
  limits,
  fingerprintKey: Buffer.alloc(32, 7),
  defaultAmount: '1',
  defaultCurrency: 'JPY',
};
