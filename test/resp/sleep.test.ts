import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { sleep } from "../../src/resp/timers.ts";

describe("a sleep", () => {
  it("ends after its time and leaves no listener", async () => {
    const { signal } = new AbortController();
    await sleep(1, undefined);
    await sleep(1, signal);
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  it("rejects at once with the signal's reason when it is aborted", async () => {
    const reason = new Error("no longer wanted");
    const controller = new AbortController();
    const slept = sleep(2 ** 31 - 1, controller.signal);
    controller.abort(reason);
    await assert.rejects(slept, reason);
    assert.deepEqual(getEventListeners(controller.signal, "abort"), []);
  });
});
