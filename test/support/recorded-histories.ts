import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { fromHistoryJson } from './history-json.ts';

const folder = fileURLToPath(new URL('../replay/histories', import.meta.url));

/** A history of test/replay/histories. */
export interface Recording {
  /** The file's name without its extension. */
  readonly name: string;
  readonly text: string;
  readonly history: History;
  /**
   * The events in order: the type of each, with the name of its activity, update, signal or
   * failure.
   */
  readonly events: readonly string[];
}

/** Reads every recorded history, by name. */
export async function readRecordings(): Promise<Recording[]> {
  const files = (await readdir(folder)).sort();
  return await Promise.all(
    files.map(async (file) => {
      const text = await readFile(`${folder}/${file}`, 'utf8');
      const json = JSON.parse(text) as { events: EventJson[] };
      const history = fromHistoryJson(json);
      return { name: file.replace(/\.json$/, ''), text, history, events: json.events.map(describeEvent) };
    }),
  );
}

interface EventJson {
  readonly eventType: string;
  readonly [attributes: string]: unknown;
}

interface Failure {
  readonly applicationFailureInfo?: { readonly type: string };
}

interface Attributes {
  readonly activityType?: { readonly name: string };
  readonly signalName?: string;
  readonly acceptedRequest?: { readonly input: { readonly name: string } };
  readonly failure?: Failure;
  /** The failure of the previous attempt. */
  readonly lastFailure?: Failure;
}

/** E.g. `ActivityTaskScheduled openShard`. */
function describeEvent(event: EventJson): string {
  const type = event.eventType.replace(/^EVENT_TYPE_/, '').toLowerCase();
  const words = type.split('_').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  const key = Object.keys(event).find((name) => name.endsWith('EventAttributes'));
  const attributes = (key === undefined ? {} : event[key]) as Attributes;
  const about =
    attributes.activityType?.name ??
    attributes.signalName ??
    attributes.acceptedRequest?.input.name ??
    (attributes.failure ?? attributes.lastFailure)?.applicationFailureInfo?.type;
  return about === undefined ? words.join('') : `${words.join('')} ${about}`;
}
