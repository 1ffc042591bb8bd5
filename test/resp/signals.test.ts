import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { allowManyListeners, onAbort, type Signal } from "../../src/resp/signals.ts";

const { EventTarget: nodes } = globalThis;

afterEach(() => {
  globalThis.EventTarget = nodes;
});

/** A signal whose class is derived from the global EventTarget, but not from Node's, as in a jsdom environment. */
function foreignSignal(): Signal & { abort(): void } {
  class ForeignTarget {
    aborted = false;
    reason: unknown;
    readonly listeners: Set<() => void> = new Set();

    addEventListener(_type: "abort", listener: () => void): void {
      this.listeners.add(listener);
    }

    removeEventListener(_type: "abort", listener: () => void): void {
      this.listeners.delete(listener);
    }

    abort(): void {
      for (const listener of this.listeners) listener();
    }
  }
  Object.assign(globalThis, { EventTarget: ForeignTarget });
  return new ForeignTarget();
}

test("signals of a realm with another EventTarget are accepted", () => {
  const signal = foreignSignal();
  assert.ok(signal instanceof EventTarget);
  let calls = 0;
  onAbort(signal, () => calls++);
  signal.abort();
  signal.abort();
  assert.equal(calls, 1);
});

test("signals that are no EventTarget are accepted", () => {
  const signal: Signal = {
    aborted: false,
    reason: undefined,
    addEventListener: () => {},
    removeEventListener: () => {},
  };
  assert.doesNotThrow(() => allowManyListeners(signal));
});
