import type { ColumnMapping } from '../domain/column-mapping.ts';

/** How a merchant's own header is read. */
export interface HeaderOptions {
  /** What the merchant's own columns stand for. */
  readonly mapping?: ColumnMapping;
  readonly defaultAmount?: string;
  readonly defaultCurrency?: string;
}
