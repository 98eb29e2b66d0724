/* Checks a Temporal server for what Cardlift needs. */

import { searchAttributes } from '../contract/search-attributes.ts';
import { definedOf } from '../domain/defined.ts';
import type { TemporalAccess } from './temporal-access.ts';
import { hasWorker } from './worker-presence.ts';

export interface TemporalHealth {
  readonly hasNamespace: boolean;
  /** Unregistered search attributes; undefined if the server does not answer the call. */
  readonly missingSearchAttributes?: readonly string[];
  /** True if a worker with these settings polled recently. */
  readonly hasWorker: boolean;
}

/** Checks without changing anything. Rejects if the server does not answer. */
export async function checkTemporalHealth(
  access: TemporalAccess,
  targetFingerprint: string,
): Promise<TemporalHealth> {
  if (!(await hasNamespace(access))) return { hasNamespace: false, hasWorker: false };
  const missing = await findMissingSearchAttributes(access);
  return {
    hasNamespace: true,
    hasWorker: await hasWorker(access, targetFingerprint, Date.now()),
    ...definedOf({ missingSearchAttributes: missing }),
  };
}

/** The command that registers search attributes. */
export function describeRegistration(
  names: readonly string[],
  { address, namespace }: TemporalAccess,
): string {
  const attributes = names.map((name) => `--name ${name} --type ${typeOf(name)}`).join(' ');
  return `temporal operator search-attribute create --address ${address} --namespace ${namespace} ${attributes}`;
}

function typeOf(name: string): string {
  return (searchAttributes as Readonly<Record<string, string>>)[name] ?? 'Keyword';
}

async function hasNamespace({ client, namespace }: TemporalAccess): Promise<boolean> {
  try {
    await client.workflowService.describeNamespace({ namespace });
    return true;
  } catch (error) {
    // gRPC's NOT_FOUND.
    if (error instanceof Error && 'code' in error && error.code === 5) return false;
    throw error;
  }
}

async function findMissingSearchAttributes({
  client,
  namespace,
}: TemporalAccess): Promise<string[] | undefined> {
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(searchAttributes).filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
  } catch {
    return undefined;
  }
}
