import type { TemporalAccess } from '../../temporal/temporal-access.ts';

/** Where the operator watches the batch. */
export function describePage({ uiUrl, address, namespace }: TemporalAccess, batchId: string): string {
  return uiUrl === undefined
    ? `${address}, namespace ${namespace}, workflow ${batchId}`
    : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(batchId)}`;
}
