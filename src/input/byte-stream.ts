/** A byte stream with its first bytes available. */
export interface PeekedStream {
  /** The first bytes: at least as many as requested, unless the stream is shorter. */
  readonly start: Buffer;
  /** The whole stream, including `start`. Can be iterated once. */
  readonly all: AsyncGenerator<Buffer>;
}

/** Reads a stream's first bytes. */
export async function peekStart(source: AsyncGenerator<Buffer>, count: number): Promise<PeekedStream> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < count) {
    const next = await source.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.length;
  }
  const start = Buffer.concat(parts);
  return { start, all: join(start, source) };
}

async function* join(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

const lineFeed = 0x0a;

/** The number of line feeds. */
export function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
