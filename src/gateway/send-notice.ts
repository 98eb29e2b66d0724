/*
 * When a request really goes out. Between a call of undici and the first byte lies the connection, and where the process
 * is busy some hundredths of a second; undici tells on its diagnostics channels.
 */
import { subscribe } from 'node:diagnostics_channel';

const notices = new WeakMap<object, () => void>();
let noticeOfNext: (() => void) | undefined;

subscribe('undici:request:create', (message) => {
  if (noticeOfNext !== undefined) notices.set(requestOf(message), noticeOfNext);
});
subscribe('undici:client:sendHeaders', (message) => notices.get(requestOf(message))?.());

/** Calls undici; `notice` is called right before the first byte of the request that the call makes is written. */
export function withSendNotice<Result>(notice: (() => void) | undefined, call: () => Result): Result {
  noticeOfNext = notice;
  try {
    return call();
  } finally {
    noticeOfNext = undefined;
  }
}

function requestOf(message: unknown): object {
  return (message as { readonly request: object }).request;
}
