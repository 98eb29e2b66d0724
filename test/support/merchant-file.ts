import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A file with this content in its own folder, removed after the test. */
export async function createMerchantFile(test: TestContext, content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardlift-input-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'cards.csv');
  await writeFile(path, content);
  return path;
}

export const plainHeader = 'merchant_ref,card_number,expiry,amount,currency\n';

/** A valid line for `plainHeader`. */
export function createPlainLine(merchantRef: string, cardNumber = '4111111111111111'): string {
  return `${merchantRef},${cardNumber},12/2029,1000,JPY\n`;
}
