/*
 * Every command: its name, arguments and summary, and where the rest of it is. The rest is loaded
 * only for the command that is used, so that a quick one does not wait for what a worker needs.
 */
import type { Command } from 'commander';
import { parseConcurrencyOrAuto, parsePercent, parseRate } from './limit-values.ts';
import { pathFor } from './passed-names.ts';

/** An argument's name in commander's notation, its description, and its parser. */
type Operand = readonly [flags: string, description: string, parse?: (text: string) => unknown];

export interface CatalogueEntry {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly summary: string;
  /** Loads the function that adds the options and the action. */
  readonly load: () => Promise<(command: Command) => void>;
}

const batchText = "the batch's id, or the start of its name";
const batch: Operand = ['<batch>', batchText];

/** In the order of the help. */
export const commandCatalogue: readonly CatalogueEntry[] = [
  {
    name: 'run',
    operands: [['<file>', "the merchant's CSV", pathFor('FILE')]],
    summary: 'run a batch on this machine, from the file to the results',
    load: async () => (await import('./commands/run.ts')).defineRun,
  },
  {
    name: 'start',
    operands: [['<file>', "the merchant's CSV, at a path that the worker can read", pathFor('FILE')]],
    summary: 'start a batch for a running worker and print its id',
    load: async () => (await import('./commands/start.ts')).defineStart,
  },
  {
    name: 'watch',
    operands: [batch],
    summary: 'follow a batch until it ends; Ctrl-C does not stop the batch',
    load: async () => (await import('./commands/watch.ts')).defineWatch,
  },
  {
    name: 'status',
    operands: [batch],
    summary: 'show the state of a batch and the end of its audit log',
    load: async () => (await import('./commands/status.ts')).defineStatus,
  },
  {
    name: 'list',
    operands: [],
    summary: 'list all batches in the storage',
    load: async () => (await import('./commands/list.ts')).defineList,
  },
  {
    name: 'pause',
    operands: [batch],
    summary: 'stop sending rows; in-flight requests finish',
    load: async () => (await import('./commands/steer.ts')).definePause,
  },
  {
    name: 'resume',
    operands: [batch],
    summary: 'continue after a pause or a hold; after a hold, one row goes first',
    load: async () => (await import('./commands/steer.ts')).defineResume,
  },
  {
    name: 'approve',
    operands: [batch],
    summary: 'send the remaining rows after the canary',
    load: async () => (await import('./commands/steer.ts')).defineApprove,
  },
  {
    name: 'set-tolerance',
    operands: [batch, ['<percent>', 'the share of answered rows that may end without a token', parsePercent]],
    summary: 'set the share of rows without a token at which the batch holds',
    load: async () => (await import('./commands/steer.ts')).defineSetTolerance,
  },
  {
    name: 'cancel',
    operands: [batch],
    summary: 'end the batch; unsent rows become not_sent',
    load: async () => (await import('./commands/steer.ts')).defineCancel,
  },
  {
    name: 'set-rate',
    operands: [
      ['[batch]', batchText],
      ['[rate]', 'requests/s, or "none"', parseRate],
    ],
    summary: 'change the rate limit of a running batch, or of the whole gateway account',
    load: async () => (await import('./commands/set-rate.ts')).defineSetRate,
  },
  {
    name: 'set-concurrency',
    operands: [
      batch,
      ['<n>', 'the most requests in flight, or "auto" to set it from the rate', parseConcurrencyOrAuto],
    ],
    summary: 'change how many requests of a running batch may be in flight',
    load: async () => (await import('./commands/set-rate.ts')).defineSetConcurrency,
  },
  {
    name: 'results',
    operands: [batch],
    summary: 'show where the result files of an ended batch are',
    load: async () => (await import('./commands/results.ts')).defineResults,
  },
  {
    name: 'show',
    operands: [batch, ['[ref]', "the row's exact merchant_ref"]],
    summary: 'show one row: every send, its result, and the next step',
    load: async () => (await import('./commands/show.ts')).defineShow,
  },
  {
    name: 'report',
    operands: [batch],
    summary: 'print a summary of an ended batch as Markdown',
    load: async () => (await import('./commands/report.ts')).defineReport,
  },
  {
    name: 'purge',
    operands: [batch],
    summary: "destroy a batch's card data; its results are kept",
    load: async () => (await import('./commands/purge.ts')).definePurge,
  },
  {
    name: 'confirm-move',
    operands: [],
    summary: 'allow sending from a storage that was moved or restored',
    load: async () => (await import('./commands/confirm-move.ts')).defineConfirmMove,
  },
  {
    name: 'doctor',
    operands: [],
    summary: 'check the set-up and show what to fix; sends no payment',
    load: async () => (await import('./doctor/doctor.ts')).defineDoctor,
  },
  {
    name: 'redrive',
    operands: [
      batch,
      ['[file]', 'a fixed file: its rows replace those with the same merchant_ref', pathFor('FILE')],
    ],
    summary: 'send again the rows that may be sent again, as a new pass',
    load: async () => (await import('./commands/redrive.ts')).defineRedrive,
  },
  {
    name: 'resolve',
    operands: [
      batch,
      ['<file>', 'unresolved.csv, with a resolution in each row that you looked up', pathFor('FILE')],
    ],
    summary: 'record what you found out about unknown rows',
    load: async () => (await import('./commands/resolve.ts')).defineResolve,
  },
  {
    name: 'validate',
    operands: [['<file>', "the merchant's CSV", pathFor('FILE')]],
    summary: 'check a file; sends nothing',
    load: async () => (await import('./commands/validate.ts')).defineValidate,
  },
  {
    name: 'template',
    operands: [['[file]', 'the file to write (default: standard output)', pathFor('FILE')]],
    summary: 'write an empty file with all columns, and show their limits',
    load: async () => (await import('./commands/template.ts')).defineTemplate,
  },
  {
    name: 'simulate',
    operands: [],
    summary: 'run a simulated gateway: accepts any card, charges no one',
    load: async () => (await import('./commands/simulate.ts')).defineSimulate,
  },
  {
    name: 'worker',
    operands: [],
    summary: 'run a worker until it is stopped',
    load: async () => (await import('./commands/worker.ts')).defineWorker,
  },
  {
    name: 'up',
    operands: [],
    summary: 'run the embedded Temporal and a worker until Ctrl-C',
    load: async () => (await import('./commands/worker.ts')).defineUp,
  },
];
