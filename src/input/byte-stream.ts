/** A stream of bytes whose beginning was looked at. */
export interface PeekedStream {
  /** Its first bytes: at least as many as were asked for, unless it has fewer. */
  readonly start: Buffer;
  /** All of it, from its first byte; may be gone through once. */
  readonly all: AsyncGenerator<Buffer>;
}

/** Looks at a stream's first bytes. */
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

/** How many line feeds there are. */
export function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
