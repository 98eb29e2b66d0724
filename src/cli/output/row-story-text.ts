import type { MaskedAnswer } from '../../operations/lookups/masked-answers.ts';
import type { ShownStory } from '../../operations/lookups/row-stories.ts';
import type { RowDetails, SendDetails } from '../../results/row-details.ts';
import { wrapLine } from './wrapped-text.ts';

/** The column of every text, after its label. */
const indent = 13;

/** Enough of an answer to see what is wrong with it; `--json` prints all of it. */
const answerCharacters = 2_000;

/** The details of a row for people, in 80 columns. */
export function describeStory(batchId: string, story: ShownStory): string {
  return [
    `Row ${story.row} of ${batchId}`,
    ...part('reference', story.merchant_ref === '' ? '(missing or hidden)' : story.merchant_ref),
    ...part('card', [story.card, story.scheme].filter((text) => text !== '').join(' ')),
    ...part('amount', `${story.amount} ${story.currency}`.trim()),
    ...part('outcome', describeOutcome(story)),
    ...part('token', story.stored_payment_method_id),
    ...part('reason', story.error_text),
    ...part('gateway', story.message),
    ...part('remark', story.remark),
    ...part('next step', story.next_step),
    ...part('charged', describeCharges(story)),
    story.sends.length === 0
      ? '  never sent'
      : `  sent ${story.send_count === 1 ? 'once' : `${story.send_count} times`}:`,
    ...describeMissing(story),
    ...story.sends.flatMap(describeSend),
    ...(story.kept_answers ?? []).flatMap(describeAnswer),
  ].join('\n');
}

function part(label: string, text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [wrapLine(`  ${label.padEnd(indent - 2)}${text}`, indent)];
}

function describeOutcome({ state, outcome, error_code: code }: RowDetails): string {
  switch (state) {
    case 'ended':
      return `${outcome}${code === undefined ? '' : ` (${code})`}`;
    case 'in_flight':
      return 'none yet: a request is in flight, or was sent and has no recorded answer';
    case 'waiting':
      return 'none yet: not sent yet';
  }
}

function describeCharges({ charges, state, outcome }: RowDetails): string {
  if (charges === 1) return 'once';
  if (charges > 1) return `${charges} TIMES: see the remark`;
  return state === 'in_flight' || outcome === 'unknown'
    ? 'not known: look up the send at the gateway'
    : 'no, according to the gateway';
}

function describeAnswer({ merchant_txn_ref: ref, bytes, masked_text: text }: MaskedAnswer): string[] {
  const more = text.length - answerCharacters;
  return [
    `  the answer to ${ref} is kept encrypted (${bytes} bytes). With digits masked:`,
    ...text
      .slice(0, answerCharacters)
      .split('\n')
      .map((line) => `    ${line}`),
    ...(more > 0 ? [`    … ${more} more characters: --json prints all of it`] : []),
  ];
}

function describeMissing({ send_count: count, sends }: RowDetails): string[] {
  return count > sends.length && sends.length > 0
    ? [`    (${count - sends.length} more, also not processed, are no longer kept)`]
    : [];
}

function describeSend(send: SendDetails): string[] {
  return [
    `    pass ${send.pass}, intent ${send.intent}  ${send.merchant_txn_ref}`,
    ...(send.created_at === undefined
      ? []
      : [`      created ${send.created_at}${send.owner === undefined ? '' : ` by ${send.owner}`}`]),
    wrapLine(`      ${describeEnd(send)}`, 8),
  ];
}

function describeEnd(send: SendDetails): string {
  switch (send.result) {
    case 'not_processed':
      return `not processed: ${send.cause}`;
    case 'open':
      return send.deadline === undefined ? 'no answer' : `no answer recorded; due by ${send.deadline}`;
    case 'answered':
      return [
        `${send.http_status === undefined ? 'no answer by' : 'answered'} ${send.answered_at}: ${send.outcome}`,
        send.http_status === undefined ? undefined : `HTTP ${send.http_status}`,
        send.gateway_code,
        send.response_code === undefined ? undefined : `response code ${send.response_code}`,
        send.transaction_id === undefined ? undefined : `transaction ${send.transaction_id}`,
      ]
        .filter((text) => text !== undefined)
        .join(', ');
  }
}
