import { z } from 'zod';
import { rowOutcomes } from '../contract/outcome.ts';
import type { RowAnswer } from '../contract/row-answer.ts';

/**
 * Parses a row's answer from intents and outcome files. This is the one list of its fields: a field
 * missing here would be dropped silently between an intent and the results.
 */
export const rowAnswerSchema = z.object({
  outcome: z.enum(rowOutcomes),
  storedPaymentMethodId: z.string().exactOptional(),
  errorCode: z.string().exactOptional(),
  message: z.string().exactOptional(),
  httpStatus: z.int().exactOptional(),
  gatewayCode: z.string().exactOptional(),
  responseCode: z.int().exactOptional(),
  transactionId: z.string().exactOptional(),
  merchantTxnRef: z.string(),
  scheme: z.string().exactOptional(),
  isLive: z.boolean().exactOptional(),
  isCharged: z.boolean().exactOptional(),
  remark: z.string().exactOptional(),
  foreign: z
    .object({
      merchantTxnRefs: z.array(z.string()).readonly(),
      transactionId: z.string().exactOptional(),
      storedPaymentMethodId: z.string().exactOptional(),
    })
    .exactOptional(),
  completedAt: z.string(),
} satisfies Record<keyof RowAnswer, z.ZodType>);
