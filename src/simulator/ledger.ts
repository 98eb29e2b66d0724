/*
 * The simulator's record of charges: the truth that tests compare a client's results with.
 *
 * A charge is written to memory and to the file before its answer begins. The file write is not
 * synced: it survives a kill of the simulator, but not a power cut. A second line marks the charge
 * as answered. If the simulator is killed in between, a sent answer stays unmarked, never the
 * reverse.
 *
 * Card numbers are not kept, only an HMAC. The key is random per process, or stored in `FILE.key`
 * beside a ledger file, so that cards are recognized after a restart.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, ftruncateSync, openSync, writeSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const chargeSchema = z.strictObject({
  merchantTxnRef: z.string().nullable(),
  /** HMAC-SHA256 of the card number, the first 32 hex digits. */
  cardFingerprint: z.string(),
  cardLast4: z.string(),
  /** As in the request. */
  amount: z.string(),
  currency: z.string(),
  /** Null if nothing was stored. */
  storedPaymentMethodId: z.string().nullable(),
  transactionId: z.string(),
  /** True if the complete answer, with the payment's token, was written to the socket. */
  answered: z.boolean(),
  /** ISO 8601. */
  at: z.string(),
});

/** One payment. */
export type Charge = z.infer<typeof chargeSchema>;

const lineSchema = z.union([
  z.strictObject({ charge: chargeSchema }),
  z.strictObject({ answered: z.string() }),
]);

export class Ledger {
  readonly #charges: Charge[] = [];
  readonly #byTransactionId = new Map<string, Charge>();
  readonly #chargesByCard = new Map<string, number>();
  readonly #key: Buffer;
  #file: number | undefined;

  /** Use createLedger, which reads an existing file. */
  constructor(key: Buffer, file: number | undefined) {
    this.#key = key;
    this.#file = file;
  }

  get charges(): readonly Charge[] {
    return this.#charges;
  }

  get distinctCards(): number {
    return this.#chargesByCard.size;
  }

  /** How many cards were charged more than once. */
  get cardsChargedTwice(): number {
    let cards = 0;
    for (const charges of this.#chargesByCard.values()) {
      if (charges > 1) cards += 1;
    }
    return cards;
  }

  /** The keyed fingerprint of a card number, 32 hex digits. */
  fingerprintOf(cardNumber: string): string {
    return createHmac('sha256', this.#key).update(cardNumber).digest('hex').slice(0, 32);
  }

  /** Records a payment. It is in the file when this returns. */
  charge(charge: Omit<Charge, 'answered'>): void {
    const whole: Charge = { ...charge, answered: false };
    this.#append({ charge: whole });
    this.#keep(whole);
  }

  /** Marks the payment as answered: its complete answer was written. */
  markAnswered(transactionId: string): void {
    const charge = this.#byTransactionId.get(transactionId);
    if (charge === undefined || charge.answered) return;
    charge.answered = true;
    this.#append({ answered: transactionId });
  }

  /** Removes every charge, also from the file. */
  clear(): void {
    this.#charges.length = 0;
    this.#byTransactionId.clear();
    this.#chargesByCard.clear();
    if (this.#file !== undefined) ftruncateSync(this.#file);
  }

  /** Closes the file. Later charges stay in memory. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Replays one line of a ledger file. Throws if the line is invalid. */
  replayLine(line: string): void {
    const parsed = lineSchema.parse(JSON.parse(line));
    if ('charge' in parsed) {
      this.#keep(parsed.charge);
      return;
    }
    const charge = this.#byTransactionId.get(parsed.answered);
    if (charge !== undefined) charge.answered = true;
  }

  #keep(charge: Charge): void {
    this.#charges.push(charge);
    this.#byTransactionId.set(charge.transactionId, charge);
    this.#chargesByCard.set(
      charge.cardFingerprint,
      (this.#chargesByCard.get(charge.cardFingerprint) ?? 0) + 1,
    );
  }

  #append(line: z.infer<typeof lineSchema>): void {
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/**
 * A ledger in memory, or one that continues a file. Throws an Error if a line of the file is
 * invalid. A last line cut short by a kill is removed: its payment was not made.
 */
export async function createLedger(ledgerFile?: string): Promise<Ledger> {
  if (ledgerFile === undefined) return new Ledger(randomBytes(32), undefined);
  const key = await readKey(`${ledgerFile}.key`);
  const ledger = new Ledger(key, openSync(ledgerFile, 'a', 0o600));
  try {
    await cutBrokenLine(ledgerFile);
    await replayFile(ledger, ledgerFile);
  } catch (error) {
    ledger.close();
    throw error;
  }
  return ledger;
}

/** Longer than any line, so that the end of the last complete line is in it. */
const tailBytes = 65_536;

async function cutBrokenLine(ledgerFile: string): Promise<void> {
  const file = await open(ledgerFile, 'r+');
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - tailBytes);
    const tail = Buffer.alloc(size - from);
    await file.read(tail, 0, tail.length, from);
    await file.truncate(from + tail.lastIndexOf(0x0a) + 1);
  } finally {
    await file.close();
  }
}

async function replayFile(ledger: Ledger, ledgerFile: string): Promise<void> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(ledgerFile) })) {
    line += 1;
    try {
      ledger.replayLine(text);
    } catch {
      throw new Error(`Cannot read the ledger file: line ${line} is not one of a ledger`);
    }
  }
}

async function readKey(keyFile: string): Promise<Buffer> {
  try {
    await writeFile(keyFile, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return Buffer.from((await readFile(keyFile, 'utf8')).trim(), 'hex');
}
