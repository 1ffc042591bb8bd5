import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, Disque } from "../../src/index.ts";
import { NOBODY } from "../client/scripted.ts";

describe("the options of work()", () => {
  const wrong: readonly (readonly [options: object, message: RegExp])[] = [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map(
      (concurrency) => [{ concurrency }, /^RangeError: concurrency must be/] as const,
    ),
    [{ concurrency: "5" }, /^TypeError: concurrency must be/],
    [{ concurency: 5 }, /^TypeError: work: unknown option "concurency"; did you mean concurrency\?/],
    [{ fastack: true }, /^TypeError: work: unknown option "fastack"; did you mean fastAck\?/],
    [{ maxheld: undefined }, /^TypeError: work: unknown option "maxheld"; did you mean maxHeld\?/],
    [{ fastAck: 1 }, /^TypeError: fastAck must be true or false/],
    [{ heartbeat: "no" }, /^TypeError: heartbeat must be true or false/],
    [{ backoff: 5000 }, /^TypeError: backoff must be a function/],
    [{ backoff: true }, /^TypeError: backoff must be a function/],
    [{ maxHeld: -1 }, /^RangeError: maxHeld must be/],
    [{ maxHeld: "1" }, /^TypeError: maxHeld must be/],
    [{ poison: 3 }, /^TypeError: poison must be an object/],
    [{ poison: { after: 0 } }, /^TypeError: poison\.handler must be a function/],
    [{ poison: { after: -1, handler: () => {} } }, /^RangeError: poison\.after must be/],
    [{ poison: { handler: () => {} } }, /^TypeError: poison\.after must be/],
    [{ poison: { after: 1, handle: () => {} } }, /^TypeError: poison: unknown option "handle"/],
  ];

  it("are rejected at once if they are invalid or unknown", async () => {
    await using disque = new Disque(NOBODY);
    for (const [options, message] of wrong) assert.throws(() => disque.work("q", () => {}, options), message);
    for (const options of [null, 5, "concurrency", [], () => {}])
      assert.throws(() => disque.work("q", () => {}, options as never), /^TypeError: work must be/);
  });

  it("are checked together with the queues and the handler", async () => {
    await using disque = new Disque(NOBODY);
    assert.throws(() => disque.work("q", "handler" as never), /^TypeError: handler must be a function/);
    assert.throws(() => disque.work([], () => {}), /^RangeError: queues must name at least one/);
    assert.throws(() => disque.work(["q", null as never], () => {}), /^TypeError: each of queues/);
  });

  it("do not help on a closed client: work() throws a ClosedError", async () => {
    const disque = new Disque(NOBODY);
    await disque.close();
    assert.throws(() => disque.work("q", () => {}), ClosedError);
  });
});
