import type { IncomingMessage } from 'node:http';

export type RequestBody =
  /** `bytes` is undefined if the body was larger than allowed. */
  | { readonly kind: 'whole'; readonly bytes: Buffer | undefined }
  /** The connection ended before the last byte. */
  | { readonly kind: 'incomplete' };

/** Reads a request's body, keeping at most `maxBytes`. Never rejects. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<RequestBody> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= maxBytes) parts.push(part);
    });
    request.on('end', () =>
      resolve({ kind: 'whole', bytes: length <= maxBytes ? Buffer.concat(parts) : undefined }),
    );
    request.on('error', () => resolve({ kind: 'incomplete' }));
    request.on('close', () => resolve({ kind: 'incomplete' }));
  });
}
