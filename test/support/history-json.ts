/*
 * Histories as the JSON that the Temporal CLI and UI write. The SDK's own historyToJSON and
 * historyFromJSON throw if npm gives two of its packages a protobufjs each ("type must be a Type"),
 * so this uses the copy that created the types.
 */
import { createRequire } from 'node:module';
import type { History } from '@temporalio/common/lib/proto-utils.js';

interface HistoryType {
  fromObject(history: History): unknown;
}

interface ProtoJson {
  toJson(type: unknown, message: unknown): unknown;
  fromJson(type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }): unknown;
}

interface PatchedRoot {
  lookupType(name: string): HistoryType;
}

const requireOfCommon = createRequire(createRequire(import.meta.url).resolve('@temporalio/common'));
const requireOfProto = createRequire(requireOfCommon.resolve('@temporalio/proto'));
const { toJson, fromJson } = requireOfProto('protobufjs/ext/protojson') as ProtoJson;
const { patchProtobufRoot } = requireOfCommon('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot(root: unknown): PatchedRoot;
};
const historyType = patchProtobufRoot(requireOfCommon('@temporalio/proto')).lookupType(
  'temporal.api.history.v1.History',
);

/** A history as the JSON value that the CLI writes. */
export function toHistoryJson(history: History): unknown {
  return toJson(historyType, historyType.fromObject(history));
}

/** The history of a JSON value. Throws if it is not one. */
export function fromHistoryJson(json: unknown): History {
  return fromJson(historyType, json, { ignoreUnknownFields: true }) as History;
}
