/*
 * Which Temporal a command uses: the one named by the environment (TEMPORAL_ADDRESS, or a profile
 * of Temporal's configuration file), otherwise the one embedded on this machine.
 */

import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { searchAttributes } from '../contract/search-attributes.ts';
import type { Logger } from '../logger.ts';
import { findLiveDevServer, joinDevServer } from './dev-server/dev-server.ts';
import type { TemporalAccess, TemporalEndpoint } from './temporal-connection.ts';

export type { TemporalAccess };

export interface JoinOptions {
  /** False: fails instead of installing a missing Temporal CLI. */
  readonly mayInstall?: boolean;
  /** Called if the embedded Temporal is started, before it answers. */
  readonly onStarting?: () => void;
}

/**
 * Joins the configured Temporal, or the embedded one, starting it if necessary. Throws
 * TemporalUnreachableError, and whatever the embedded one throws.
 */
export async function joinTemporal(
  home: string,
  logger: Logger,
  options: JoinOptions = {},
): Promise<TemporalAccess> {
  const configured = configuredEndpoint();
  if (configured !== undefined) return await connect(configured);
  const lease = await joinDevServer({
    home,
    keep: false,
    searchAttributes,
    ...options,
    log: { info: (text) => logger.info(text), warn: (text) => logger.warn(text) },
  });
  return await connect({
    connectionOptions: { address: lease.address },
    namespace: lease.namespace,
    uiUrl: lease.uiUrl,
    isEmbedded: true,
    release: () => lease.release(),
  });
}

/**
 * The configured Temporal, or the embedded one if it is running; otherwise undefined. Starts
 * nothing.
 */
export async function findTemporal(home: string): Promise<TemporalAccess | undefined> {
  const configured = configuredEndpoint();
  if (configured !== undefined) return await connect(configured);
  const live = await findLiveDevServer(home);
  if (live === undefined) return undefined;
  return await connect({
    connectionOptions: { address: live.address },
    namespace: live.namespace,
    uiUrl: live.uiUrl,
    isEmbedded: true,
    release: () => Promise.resolve(),
  });
}

/** Loads the client first: it takes longer than everything else that a short command does. */
async function connect(endpoint: TemporalEndpoint): Promise<TemporalAccess> {
  const { connectTo } = await import('./temporal-connection.ts');
  return await connectTo(endpoint);
}

function configuredEndpoint(): TemporalEndpoint | undefined {
  const profile = loadClientConfigProfile();
  if (profile.address === undefined || profile.address === '') return undefined;
  const { connectionOptions, namespace } = toClientOptions(profile);
  return {
    connectionOptions: connectionOptions as NativeConnectionOptions,
    namespace: namespace ?? 'default',
    isEmbedded: false,
    release: () => Promise.resolve(),
  };
}

/**
 * True if the server knows our search attributes. Using an unknown one would fail every workflow
 * task.
 */
export async function hasSearchAttributes({
  client,
  namespace,
}: Pick<TemporalAccess, 'client' | 'namespace'>): Promise<boolean> {
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(searchAttributes).every((name) => Object.hasOwn(customAttributes ?? {}, name));
  } catch {
    // Some servers (such as Temporal Cloud) do not answer this call; the batch then runs without
    // search attributes.
    return false;
  }
}
