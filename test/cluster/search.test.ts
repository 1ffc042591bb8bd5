import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { Search } from "../../src/cluster/search.ts";
import { rejection } from "../client/scripted.ts";

const REASON = new Error("no longer wanted");

interface Seeking {
  readonly signal: AbortSignal;
  readonly resolve: (found: string) => void;
  readonly reject: (error: Error) => void;
}

/** A search whose end the test decides; all that were begun. */
function search(): { search: Search<string>; begun: Seeking[] } {
  const begun: Seeking[] = [];
  const seek = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      begun.push({ signal, resolve, reject });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  return { search: new Search(seek), begun };
}

function only(begun: readonly Seeking[]): Seeking {
  const [first] = begun;
  assert.ok(first !== undefined && begun.length === 1);
  return first;
}

describe("a search", () => {
  it("is one for all who join it, and gives all the same", async () => {
    const { search: shared, begun } = search();
    const { signal } = new AbortController();
    const joined = [shared.join(undefined), shared.join(signal), shared.join(signal)];
    only(begun).resolve("found");
    assert.deepEqual(await Promise.all(joined), ["found", "found", "found"]);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("fails for all alike", async () => {
    const { search: shared, begun } = search();
    const failures = [shared.join(undefined), shared.join(new AbortController().signal)].map(rejection);
    only(begun).reject(REASON);
    assert.deepEqual(await Promise.all(failures), [REASON, REASON]);
  });

  it("begins anew for who comes after its end", async () => {
    const { search: shared, begun } = search();
    const first = shared.join(undefined);
    begun[0]?.resolve("first");
    assert.equal(await first, "first");
    const second = rejection(shared.join(undefined));
    begun[1]?.reject(REASON);
    assert.equal(await second, REASON);
    const third = shared.join(undefined);
    begun[2]?.resolve("third");
    assert.equal(await third, "third");
    assert.equal(begun.length, 3);
  });

  it("goes on when one who joined it goes", async () => {
    const { search: shared, begun } = search();
    const controller = new AbortController();
    const gone = rejection(shared.join(controller.signal));
    const patient = shared.join(undefined);
    controller.abort(REASON);
    assert.equal(await gone, REASON);
    assert.equal(only(begun).signal.aborted, false);
    only(begun).resolve("found");
    assert.equal(await patient, "found");
  });

  it("is given up when the last has gone, and begins anew for who comes then", async () => {
    const { search: shared, begun } = search();
    const controllers = [new AbortController(), new AbortController()];
    const joined = controllers.map(({ signal }) => rejection(shared.join(signal)));
    controllers[0]?.abort(REASON);
    await joined[0];
    assert.equal(only(begun).signal.aborted, false);
    controllers[1]?.abort(REASON);
    assert.deepEqual(await Promise.all(joined), [REASON, REASON]);
    assert.equal(only(begun).signal.aborted, true);
    const next = shared.join(undefined);
    assert.equal(begun.length, 2);
    begun[1]?.resolve("found");
    assert.equal(await next, "found");
  });

  it("is not held by one whose signal was aborted before", async () => {
    const { search: shared, begun } = search();
    assert.equal(await rejection(shared.join(AbortSignal.abort(REASON))), REASON);
    assert.ok(begun.every(({ signal }) => signal.aborted));
    const next = shared.join(undefined);
    begun.at(-1)?.resolve("found");
    assert.equal(await next, "found");
  });
});
