import { setMaxListeners } from "node:events";

/** What is used of an `AbortSignal`, so that those of other realms and of polyfills are accepted. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Calls `listener` once, when `signal` is aborted. Returns what removes the listener again. */
export function onAbort(signal: Signal, listener: () => void): () => void {
  // Many commands may share a signal, and each removes its listener: Node must not warn of a leak. Signals of other
  // realms are no EventTarget of Node's.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
  const remove = (): void => signal.removeEventListener("abort", onEvent);
  const onEvent = (): void => {
    remove();
    listener();
  };
  signal.addEventListener("abort", onEvent);
  return remove;
}
