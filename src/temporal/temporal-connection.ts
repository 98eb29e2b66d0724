import { Client, Connection } from '@temporalio/client';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { definedOf } from '../domain/defined.ts';
import { TemporalUnreachableError } from './temporal-unreachable-error.ts';

export interface TemporalAccess {
  readonly client: Client;
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly address: string;
  /** The embedded Temporal's UI. */
  readonly uiUrl?: string;
  readonly isEmbedded: boolean;
  /** Closes the connection. Stops an embedded Temporal that no other process uses. */
  release(): Promise<void>;
}

/** A Temporal server that is not connected yet. */
export interface TemporalEndpoint {
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly uiUrl?: string;
  readonly isEmbedded: boolean;
  release(): Promise<void>;
}

/** How long a command waits for a server's first answer. */
const connectTimeoutMs = 5_000;

/** Connects. Throws TemporalUnreachableError. */
export async function connectTo(endpoint: TemporalEndpoint): Promise<TemporalAccess> {
  const address = endpoint.connectionOptions.address ?? 'localhost:7233';
  let connection: Connection;
  try {
    connection = await Connection.connect({
      ...(endpoint.connectionOptions as Parameters<typeof Connection.connect>[0]),
      connectTimeout: connectTimeoutMs,
    });
  } catch {
    await endpoint.release();
    throw new TemporalUnreachableError(
      `Cannot reach Temporal at ${address}. Check that it is running and that TEMPORAL_ADDRESS is right`,
    );
  }
  return {
    client: new Client({ connection, namespace: endpoint.namespace }),
    connectionOptions: endpoint.connectionOptions,
    namespace: endpoint.namespace,
    address,
    ...definedOf({ uiUrl: endpoint.uiUrl }),
    isEmbedded: endpoint.isEmbedded,
    async release() {
      await connection.close();
      await endpoint.release();
    },
  };
}
