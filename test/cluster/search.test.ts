import "../support/fake-clock.ts";
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { Node } from "../../src/cluster/connections/node.ts";
import { settingsFrom } from "../../src/cluster/options.ts";
import { Search, type SearchOptions } from "../../src/cluster/search.ts";
import type { KnownNode } from "../../src/cluster/topology.ts";
import { ClosedError, ConnectionError, ProtocolError, ReplyError } from "../../src/resp/index.ts";
import { rejection } from "../client/scripted.ts";
import { pass } from "../support/fake-clock.ts";
import { announced, at, hello, names, topology } from "./hellos.ts";

const REASON = new Error("no longer wanted");
const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";
const C = "10.0.0.3:7711";

/** An attempt to connect to a node. The test decides how it ends. */
interface Attempt {
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

interface Stage {
  readonly search: Search;
  readonly attempts: Attempt[];
  readonly found: Node[];
  /** The number of failed passes. */
  readonly failedPasses: () => number;
  /** Resolves when this many attempts have started. Lets time pass if necessary. */
  attempt(count: number): Promise<Attempt>;
}

const settings = settingsFrom({});

function nodeOf(known: KnownNode): Node {
  const ignore = (): void => {};
  const callbacks = { onConnect: ignore, onDisconnect: ignore, onOtherNode: ignore, onReady: ignore };
  return new Node(known, { settings, keepIdle: () => false, onUnreachable: ignore, ...callbacks });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function stage(candidates: readonly KnownNode[], options: Partial<SearchOptions> = {}): Stage {
  const attempts: Attempt[] = [];
  const found: Node[] = [];
  let failedPasses = 0;
  const search = new Search({
    failoverTimeout: 10_000,
    candidates: () => candidates,
    open: (candidate, signal) =>
      new Promise((resolve, reject) => {
        const node = nodeOf(candidate);
        const succeed = (): void => resolve(node);
        attempts.push({ name: candidate.name, signal, succeed, fail: reject });
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    onFound: (node) => found.push(node),
    onPassFailed: () => failedPasses++,
    ...options,
  });
  return {
    search,
    attempts,
    found,
    failedPasses: () => failedPasses,
    async attempt(count) {
      for (;;) {
        for (let turns = 0; turns < 10 && attempts.length < count; turns++) await turn();
        const last = attempts[count - 1];
        if (last !== undefined) return last;
        pass(50);
      }
    },
  };
}

/** Lets time pass, with turns of the event loop in between. */
async function passInSteps(milliseconds: number, step = 50): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += step) {
    pass(Math.min(step, milliseconds - passed));
    for (let turns = 0; turns < 4; turns++) await turn();
  }
}

const two = topology([A, B]).nodes;
const unreachable = (name: string): ConnectionError => new ConnectionError(`${name}: refused`);

describe("a search for a node", () => {
  it("is shared by all calls that need a node", async () => {
    const the = stage(two);
    const { signal } = new AbortController();
    const calls = [undefined, signal, signal].map((each) => the.search.join(10_000, each));
    (await the.attempt(1)).succeed();
    const [first, ...others] = await Promise.all(calls);
    assert.deepEqual(
      others.map((node) => node === first),
      [true, true],
    );
    assert.deepEqual([the.found, the.attempts.length], [[first], 1]);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("tries the nodes in turn until one answers", async () => {
    const the = stage(two);
    const call = the.search.join(10_000, undefined);
    (await the.attempt(1)).fail(unreachable(A));
    (await the.attempt(2)).succeed();
    assert.equal((await call).known.name, B);
    assert.equal(the.failedPasses(), 0);
  });

  it("continues in passes, with pauses between them", async () => {
    const the = stage(two);
    const call = the.search.join(10_000, undefined);
    for (let n = 1; n <= 6; n++) {
      const attempt = await the.attempt(n);
      attempt.fail(unreachable(attempt.name));
    }
    const last = await the.attempt(7);
    assert.equal(the.failedPasses(), 3);
    last.succeed();
    await call;
    assert.deepEqual(
      the.attempts.map(({ name }) => name),
      [A, B, A, B, A, B, A],
    );
  });

  it("continues if one of its calls is aborted", async () => {
    const the = stage(two);
    const controller = new AbortController();
    const aborted = rejection(the.search.join(10_000, controller.signal));
    const patient = the.search.join(10_000, undefined);
    const attempt = await the.attempt(1);
    controller.abort(REASON);
    assert.equal(await aborted, REASON);
    assert.equal(attempt.signal?.aborted, false);
    attempt.succeed();
    await patient;
  });

  it("is given up when its last call is aborted, and starts over with the next", async () => {
    const the = stage(two);
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) => rejection(the.search.join(10_000, signal)));
    const attempt = await the.attempt(1);
    for (const controller of controllers) controller.abort(REASON);
    assert.deepEqual(await Promise.all(calls), [REASON, REASON]);
    assert.equal(attempt.signal?.aborted, true);
    const next = the.search.join(10_000, undefined);
    (await the.attempt(2)).succeed();
    await next;
    assert.equal(the.failedPasses(), 0);
  });

  it("is not started by a call whose signal is already aborted", async () => {
    const the = stage(two);
    assert.equal(await rejection(the.search.join(10_000, AbortSignal.abort(REASON))), REASON);
    await turn();
    assert.ok(the.attempts.every(({ signal }) => signal?.aborted));
  });

  it("can be stopped for all of its calls", async () => {
    const the = stage(two);
    const reason = new ClosedError("closed");
    const calls = [1, 2].map(() => rejection(the.search.join(10_000, undefined)));
    await the.attempt(1);
    the.search.stop(reason);
    assert.deepEqual(await Promise.all(calls), [reason, reason]);
  });

  it("rejects at once on an error that is not about a node, such as one from `mapNode`", async () => {
    const the = stage(two, {
      onFound: () => {
        throw REASON;
      },
    });
    const calls = [1, 2].map(() => rejection(the.search.join(10_000, undefined)));
    (await the.attempt(1)).succeed();
    assert.deepEqual(await Promise.all(calls), [REASON, REASON]);
  });

  it("tries each node once without a time limit", async () => {
    const the = stage(two, { failoverTimeout: 0 });
    const outcome = rejection(the.search.join(0, undefined));
    (await the.attempt(1)).fail(unreachable(A));
    (await the.attempt(2)).fail(unreachable(B));
    const error = await outcome;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.message, `no node can be reached: ${A}: refused; ${B}: refused`);
    assert.equal(the.attempts.length, 2);
  });
});

describe("the order of a search", () => {
  /** A listed node, and one that announced 1,000 others. */
  function crowd(): { listed: string[]; nodes: readonly KnownNode[] } {
    const known = topology([A, B]);
    const many = Array.from({ length: 1_000 }, (_, n) =>
      announced(`f${n}f`, `10.1.${n >> 8}.${n & 255}:7711`),
    );
    known.applyHello(at(known, A), hello("a", announced("a", A, 100), announced("b", B, 10), ...many));
    return { listed: [A, B], nodes: known.ranked(undefined, 0) };
  }

  it("is the best node, the listed ones, then the announced ones", async () => {
    const { listed, nodes } = crowd();
    const [best] = nodes;
    assert.ok(best !== undefined && !best.listed);
    const the = stage(nodes);
    const call = the.search.join(10_000, undefined);
    for (let n = 1; n <= 3; n++) {
      const attempt = await the.attempt(n);
      attempt.fail(unreachable(attempt.name));
    }
    (await the.attempt(4)).succeed();
    await call;
    const [first, second, third, fourth] = the.attempts.map(({ name }) => name);
    assert.deepEqual([first, [second, third].sort()], [best.name, listed]);
    assert.equal(fourth, nodes[1]?.name);
  });

  it("starts with the listed nodes after a failed pass", async () => {
    const { nodes } = crowd();
    const few = [...nodes.slice(0, 2), ...nodes.slice(-2)];
    assert.deepEqual(names(few.slice(-2)), [B, A]);
    const the = stage(few);
    const call = the.search.join(10_000, undefined);
    for (let n = 1; n <= 4; n++) {
      const attempt = await the.attempt(n);
      attempt.fail(unreachable(attempt.name));
    }
    assert.equal((await the.attempt(5)).name, B);
    assert.equal(the.failedPasses(), 1);
    the.attempts[4]?.succeed();
    await call;
  });

  it("reaches a listed node within half a second, even if a better one is silent and 1,000 are announced", async () => {
    const { nodes } = crowd();
    const the = stage(nodes);
    const call = the.search.join(10_000, undefined);
    await the.attempt(1);
    await passInSteps(450);
    assert.equal(the.attempts.length, 1);
    await passInSteps(100);
    const second = the.attempts[1];
    assert.ok(second !== undefined && [A, B].includes(second.name));
    assert.match(String(the.attempts[0]?.signal?.reason), /not connected within 500 ms/);
    second.succeed();
    await call;
  });

  it("gives each of a few nodes a share of the time, but an announced node that was never reached a second", async () => {
    const known = topology([A, B]);
    known.applyHello(at(known, A), hello("a", announced("a", A), announced("b", B), announced("c", C)));
    const shares = async (reached: boolean): Promise<string[]> => {
      at(known, C).reached = reached;
      const the = stage([at(known, A), at(known, B), at(known, C)], { failoverTimeout: 9_000 });
      const outcome = rejection(the.search.join(60_000, undefined));
      await passInSteps(9_500, 500);
      the.search.stop(new ClosedError("enough"));
      await outcome;
      return the.attempts.slice(0, 3).map(({ signal }) => String(signal?.reason).replace(/^.* within /, ""));
    };
    assert.deepEqual(await shares(false), ["3000 ms", "3000 ms", "1000 ms"]);
    assert.deepEqual(await shares(true), ["3000 ms", "3000 ms", "3000 ms"]);
  });
});

describe("a refused password", () => {
  const refusal = (): ReplyError => new ReplyError("ERR invalid password", "AUTH");

  for (const count of [1, 3, 17, 40])
    it(`is final if all of ${count} nodes refuse it`, async () => {
      const { nodes } = topology(Array.from({ length: count }, (_, n) => `10.0.0.1:${n + 1}`));
      const the = stage(nodes);
      const calls = [1, 2].map(() => rejection(the.search.join(60_000, undefined)));
      for (let n = 1; n <= count; n++) (await the.attempt(n)).fail(refusal());
      const [first, second] = await Promise.all(calls);
      assert.ok(first instanceof ReplyError && second instanceof ReplyError);
      assert.notEqual(first, second);
      assert.deepEqual([first.message, first.command], ["ERR invalid password", "AUTH"]);
      assert.equal(the.attempts.length, count);
    });

  for (const [what, error] of [
    ["cannot be reached", unreachable(B)],
    ["is full", new ReplyError("ERR max number of clients reached", "AUTH")],
    ["is no Disque", new ProtocolError("not RESP")],
  ] as const)
    it(`is not final while another node ${what}`, async () => {
      const the = stage(two);
      const call = the.search.join(10_000, undefined);
      (await the.attempt(1)).fail(refusal());
      (await the.attempt(2)).fail(error);
      (await the.attempt(3)).fail(refusal());
      (await the.attempt(4)).succeed();
      assert.equal((await call).known.name, B);
    });

  it("by one node is skipped", async () => {
    const the = stage(two);
    const call = the.search.join(10_000, undefined);
    (await the.attempt(1)).fail(refusal());
    (await the.attempt(2)).succeed();
    assert.equal((await call).known.name, B);
  });
});

describe("a search that fails", () => {
  it("rejects each call when its time is over, with the reason for each node", async () => {
    const the = stage(two);
    const outcome = rejection(the.search.join(1_000, undefined));
    (await the.attempt(1)).fail(unreachable(A));
    (await the.attempt(2)).fail(unreachable(B));
    await passInSteps(1_000);
    const error = await outcome;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.sent, false);
    assert.equal(error.message, `no node can be reached: ${A}: refused; ${B}: refused`);
  });

  it("names the nodes it was still connecting to if no attempt has ended", async () => {
    const the = stage(topology([A]).nodes, { failoverTimeout: 100 });
    const outcome = rejection(the.search.join(100, undefined));
    await the.attempt(1);
    await passInSteps(100);
    assert.match(
      String(await outcome),
      /^ConnectionError: no node can be reached: 10\.0\.0\.1:7711: still connecting when failoverTimeout \(100 ms\) had passed$/,
    );
  });

  it("names the node it was still connecting to after the reasons of those that failed before", async () => {
    const the = stage(two, { failoverTimeout: 100 });
    const outcome = rejection(the.search.join(100, undefined));
    (await the.attempt(1)).fail(unreachable(A));
    await the.attempt(2);
    await passInSteps(100);
    assert.match(
      String(await outcome),
      /: 10\.0\.0\.1:7711: refused; 10\.0\.0\.2:7711: still connecting when failoverTimeout \(100 ms\) had passed$/,
    );
  });

  it("gives the reasons of all nodes, even if the next pass has tried only some of them", async () => {
    const the = stage(two);
    const outcome = rejection(the.search.join(3_000, undefined));
    (await the.attempt(1)).fail(unreachable(A));
    (await the.attempt(2)).fail(unreachable(B));
    (await the.attempt(3)).fail(new ConnectionError(`${A}: refused again`));
    await the.attempt(4);
    await passInSteps(3_000);
    assert.equal(the.failedPasses(), 1);
    assert.match(String(await outcome), /: 10\.0\.0\.1:7711: refused; 10\.0\.0\.2:7711: refused$/);
  });

  it("rejects 1,000 calls with separate errors that share one bounded list of reasons", async () => {
    const { nodes } = topology(Array.from({ length: 100 }, (_, n) => `10.0.0.1:${n + 1}`));
    const the = stage(nodes);
    const calls = Array.from({ length: 1_000 }, () => rejection(the.search.join(1_000, undefined)));
    for (let n = 1; n <= 100; n++)
      (await the.attempt(n)).fail(new ConnectionError(`10.0.0.1:${n}: ${"x".repeat(1_000)}`));
    await passInSteps(1_000);
    const errors = (await Promise.all(calls)) as ConnectionError[];
    assert.equal(new Set(errors).size, 1_000);
    assert.equal(new Set(errors.map(({ message }) => message)).size, 1);
    assert.equal(new Set(errors.map((error) => error.errors)).size, 1);
    const [first] = errors;
    assert.ok(first !== undefined && first.message.length <= 2_000);
    assert.match(first.message, /; and 84 more failures$/);
    assert.equal(first.errors.length, 16);
  });
});
