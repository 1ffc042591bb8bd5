import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { abortable } from "../../src/cluster/abortable.ts";
import { withDeadline } from "../../src/cluster/deadline.ts";

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

  it("settles as the promise does, and leaves no listener", async () => {
    const { signal } = new AbortController();
    assert.equal(await abortable(Promise.resolve(5), signal), 5);
    await assert.rejects(abortable(Promise.reject(REASON), signal), REASON);
    assert.equal(listeners(signal), 0);
  });

  it("rejects when the signal is aborted, be it before or later", async () => {
    const controller = new AbortController();
    const later = abortable(never, controller.signal);
    controller.abort(REASON);
    await assert.rejects(later, REASON);
    await assert.rejects(abortable(never, controller.signal), REASON);
  });

  it("takes care of a promise that rejects after that", async () => {
    const failing = Promise.reject(LATE);
    await assert.rejects(abortable(failing, AbortSignal.abort(REASON)), REASON);
  });
});

describe("withDeadline", () => {
  it("gives what the work gives, and leaves no listener and no timer", async () => {
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

  it("aborts the work when the time is over, with the error that is made then", async () => {
    await assert.rejects(
      withDeadline(1, undefined, () => LATE, aborted),
      LATE,
    );
  });

  it("aborts the work when the signal is aborted, with its reason", async () => {
    const controller = new AbortController();
    const work = withDeadline(5_000, controller.signal, () => LATE, aborted);
    controller.abort(REASON);
    await assert.rejects(work, REASON);
  });

  it("does not begin when the signal is aborted already", async () => {
    let begun = false;
    const work = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };
    await assert.rejects(
      withDeadline(5_000, AbortSignal.abort(REASON), () => LATE, work),
      REASON,
    );
    assert.equal(begun, false);
  });

  it("may be further than a timer can wait", async () => {
    for (const milliseconds of [2 ** 31, Number.POSITIVE_INFINITY]) {
      const turn = (): Promise<string> => new Promise((resolve) => setImmediate(resolve, "done"));
      assert.equal(await withDeadline(milliseconds, undefined, () => LATE, turn), "done");
    }
  });
});
