import { setMaxListeners } from "node:events";

/** The part of `AbortSignal` that is used here, so that signals of other realms and of polyfills are accepted. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Keeps Node from warning about a leak: many commands may share a signal, and each removes its listener. */
export function allowManyListeners(signal: Signal): void {
  if (!(signal instanceof EventTarget)) return;
  try {
    setMaxListeners(0, signal);
  } catch {
    // In a jsdom environment, the global EventTarget is that of jsdom. Node refuses it here, but never warns about it either.
  }
}

/** Why the signal was aborted. Older polyfills have no reason; a rejection with `undefined` would not help the caller. */
export function abortReason({ reason }: Signal): unknown {
  return reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
}

/** Calls `listener` once, when `signal` is aborted. Returns a function that removes the listener. */
export function onAbort(signal: Signal, listener: () => void): () => void {
  allowManyListeners(signal);
  const remove = (): void => signal.removeEventListener("abort", onEvent);
  const onEvent = (): void => {
    remove();
    listener();
  };
  signal.addEventListener("abort", onEvent);
  return remove;
}
