import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { abortable, throwIfAborted, withDeadline } from "../../src/cluster/abort.ts";
import { rejection } from "../client/scripted.ts";

const REASON = new Error("no longer wanted");
const LATE = new Error("too late");
const never = new Promise<never>(() => {});

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** Rejects when the signal is aborted, with its reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

describe("abortable", () => {
  it("is the promise itself without a signal", () => {
    assert.equal(abortable(never, undefined), never);
  });

  it("settles like the promise and leaves no listener", async () => {
    const { signal } = new AbortController();
    assert.equal(await abortable(Promise.resolve(5), signal), 5);
    await assert.rejects(abortable(Promise.reject(REASON), signal), REASON);
    assert.equal(listeners(signal), 0);
  });

  it("rejects with the reason of the signal, aborted before or later", async () => {
    const controller = new AbortController();
    const later = abortable(never, controller.signal);
    controller.abort(REASON);
    await assert.rejects(later, REASON);
    await assert.rejects(abortable(never, controller.signal), REASON);
  });

  it("handles a rejection of the promise after the abort", async () => {
    const failing = Promise.reject(LATE);
    await assert.rejects(abortable(failing, AbortSignal.abort(REASON)), REASON);
  });
});

describe("withDeadline", () => {
  it("settles like the work and leaves no listener", async () => {
    const { signal } = new AbortController();
    assert.equal(
      await withDeadline(
        5_000,
        signal,
        () => LATE,
        () => Promise.resolve(5),
      ),
      5,
    );
    assert.equal(listeners(signal), 0);
    await assert.rejects(
      withDeadline(
        5_000,
        signal,
        () => LATE,
        () => Promise.reject(REASON),
      ),
      REASON,
    );
    assert.equal(listeners(signal), 0);
  });

  it("aborts the work with the error when the time is over", async () => {
    await assert.rejects(
      withDeadline(1, undefined, () => LATE, aborted),
      LATE,
    );
  });

  it("aborts the work with the reason of the signal", async () => {
    const controller = new AbortController();
    const work = withDeadline(5_000, controller.signal, () => LATE, aborted);
    controller.abort(REASON);
    await assert.rejects(work, REASON);
  });

  it("does not start the work if the signal is already aborted", async () => {
    let isStarted = false;
    const work = (): Promise<void> => {
      isStarted = true;
      return Promise.resolve();
    };
    await assert.rejects(
      withDeadline(5_000, AbortSignal.abort(REASON), () => LATE, work),
      REASON,
    );
    assert.equal(isStarted, false);
  });

  it("accepts more milliseconds than a timer can wait", async () => {
    for (const milliseconds of [2 ** 31, Number.POSITIVE_INFINITY]) {
      const turn = (): Promise<string> => new Promise((resolve) => setImmediate(resolve, "done"));
      assert.equal(await withDeadline(milliseconds, undefined, () => LATE, turn), "done");
    }
  });
});

describe("a signal of another realm", () => {
  /** A signal without `throwIfAborted` whose class is not Node's, as in jsdom. */
  function foreign(): { signal: AbortSignal; abort: (reason: unknown) => void; listeners: () => number } {
    return runInNewContext(`
      const listeners = new Set();
      const signal = {
        aborted: false,
        reason: undefined,
        addEventListener(_type, listener) { listeners.add(listener); },
        removeEventListener(_type, listener) { listeners.delete(listener); },
      };
      const abort = (reason) => {
        Object.assign(signal, { aborted: true, reason });
        for (const listener of listeners) listener({ type: "abort" });
      };
      ({ signal, abort, listeners: () => listeners.size });
    `);
  }

  it("ends waits and leaves no listener", async () => {
    for (const wait of [
      (signal: AbortSignal) => abortable(never, signal),
      (signal: AbortSignal) => withDeadline(5_000, signal, () => LATE, aborted),
    ]) {
      const { signal, abort } = foreign();
      const waiting = rejection(wait(signal));
      abort(REASON);
      assert.equal(await waiting, REASON);
      assert.throws(() => throwIfAborted(signal), REASON);
    }
    const { signal, listeners } = foreign();
    throwIfAborted(signal);
    await abortable(Promise.resolve(), signal);
    await withDeadline(
      5_000,
      signal,
      () => LATE,
      () => Promise.resolve(),
    );
    assert.equal(listeners(), 0);
  });
});
