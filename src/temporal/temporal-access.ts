/*
 * Which Temporal a command talks to: the one that the environment names (TEMPORAL_ADDRESS, or a profile of Temporal's own
 * configuration file), else this machine's embedded one.
 */

import { Client, Connection } from '@temporalio/client';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { searchAttributes } from '../contract/search-attributes.ts';
import { definedOf } from '../domain/defined.ts';
import type { Logger } from '../logger.ts';
import { findLiveDevServer, joinDevServer } from './dev-server/dev-server.ts';

export interface TemporalAccess {
  readonly client: Client;
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly address: string;
  /** Of the embedded Temporal's pages. */
  readonly uiUrl?: string;
  readonly isEmbedded: boolean;
  /** Closes the connection; stops an embedded Temporal that nobody else uses. */
  release(): Promise<void>;
}

/** Temporal cannot be reached, or there is none. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
}

/** A command waits so long for the first answer of a server that should be there. */
const connectTimeoutMs = 5_000;

interface Place {
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly uiUrl?: string;
  readonly isEmbedded: boolean;
  leave(): Promise<void>;
}

/** Joins the Temporal of the environment, or the embedded one, which is started if need be. Throws TemporalUnreachableError and what the embedded one throws. */
export async function joinTemporal(home: string, logger: Logger): Promise<TemporalAccess> {
  const configured = configuredPlace();
  if (configured !== undefined) return await connect(configured);
  const lease = await joinDevServer({
    home,
    keep: false,
    searchAttributes,
    log: { info: (text) => logger.info(text), warn: (text) => logger.warn(text) },
  });
  return await connect({
    connectionOptions: { address: lease.address },
    namespace: lease.namespace,
    uiUrl: lease.uiUrl,
    isEmbedded: true,
    leave: () => lease.release(),
  });
}

/** The Temporal of the environment, or the embedded one if it runs; undefined where there is none. Starts nothing. */
export async function findTemporal(home: string): Promise<TemporalAccess | undefined> {
  const configured = configuredPlace();
  if (configured !== undefined) return await connect(configured);
  const live = await findLiveDevServer(home);
  if (live === undefined) return undefined;
  return await connect({
    connectionOptions: { address: live.address },
    namespace: live.namespace,
    uiUrl: live.uiUrl,
    isEmbedded: true,
    leave: () => Promise.resolve(),
  });
}

function configuredPlace(): Place | undefined {
  const profile = loadClientConfigProfile();
  if (profile.address === undefined || profile.address === '') return undefined;
  const { connectionOptions, namespace } = toClientOptions(profile);
  return {
    connectionOptions: connectionOptions as NativeConnectionOptions,
    namespace: namespace ?? 'default',
    isEmbedded: false,
    leave: () => Promise.resolve(),
  };
}

async function connect(place: Place): Promise<TemporalAccess> {
  const address = place.connectionOptions.address ?? 'localhost:7233';
  let connection: Connection;
  try {
    connection = await Connection.connect({
      ...(place.connectionOptions as Parameters<typeof Connection.connect>[0]),
      connectTimeout: connectTimeoutMs,
    });
  } catch {
    await place.leave();
    throw new TemporalUnreachableError(
      `Cannot reach Temporal at ${address}. Check that it is running and that TEMPORAL_ADDRESS is right`,
    );
  }
  return {
    client: new Client({ connection, namespace: place.namespace }),
    connectionOptions: place.connectionOptions,
    namespace: place.namespace,
    address,
    ...definedOf({ uiUrl: place.uiUrl }),
    isEmbedded: place.isEmbedded,
    async release() {
      await connection.close();
      await place.leave();
    },
  };
}

/** True where the server knows our search attributes; using one it does not know would fail every workflow task. */
export async function hasSearchAttributes({
  client,
  namespace,
}: Pick<TemporalAccess, 'client' | 'namespace'>): Promise<boolean> {
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(searchAttributes).every((name) => Object.hasOwn(customAttributes ?? {}, name));
  } catch {
    // Not every server lets a client ask (Temporal Cloud does not): then the batch goes without.
    return false;
  }
}
