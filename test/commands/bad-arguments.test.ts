import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterTable, configTable } from "../../src/commands/subcommands.ts";
import { table } from "../../src/commands/table.ts";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { CALL_OPTIONS, type Parameters, signatures } from "./signatures.ts";

/** A call with one bad value, and the name that must be in the error. */
interface BadCall {
  readonly args: readonly unknown[];
  readonly named: string;
  readonly value: unknown;
}

function badCalls({ args, options, given }: Parameters): BadCall[] {
  const good = Object.values(args).map((kind) => kind.good);
  const badArgs = Object.entries(args).flatMap(([named, { bad }], at) =>
    bad.map((value) => ({ args: good.with(at, value), named, value })),
  );
  const all = { ...options, ...CALL_OPTIONS, unknownOption: { good: undefined, bad: [1, undefined] } };
  const badOptions = Object.entries(all).flatMap(([named, { bad }]) =>
    bad.map((value) => ({ args: [...good, { ...given, [named]: value }], named, value })),
  );
  // A second queue or job in place of the options must not be ignored silently.
  const noOptions = [null, "q", 5, ["q"]].map((value) => ({
    args: [...good, value],
    named: "options",
    value,
  }));
  return [...badArgs, ...badOptions, ...noOptions];
}

const groups = [
  ["", table, (disque: Disque): object => disque],
  ["cluster.", clusterTable, (disque: Disque): object => disque.cluster],
  ["config.", configTable, (disque: Disque): object => disque.config],
] as const;

for (const [prefix, rows, objectOf] of groups) {
  for (const [name, row] of Object.entries(rows)) {
    describe(`${prefix}${name}`, () => {
      const signature = signatures[`${prefix}${name}`];

      it("has tests for its arguments and options", () => assert.ok(signature !== undefined));

      it("rejects each bad value by name, before anything is sent", async () => {
        await using server = await TestServer.start();
        await using disque = new Disque(server.address);
        for (const { args, named, value } of badCalls(signature ?? { args: {} })) {
          const object = objectOf(disque);
          const call: Promise<unknown> = Reflect.apply(Reflect.get(object, name), object, args);
          await assert.rejects(call, (error) => {
            assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
            assert.match(error.message, new RegExp(`\\b${named}\\b`), `for ${String(value)}`);
            return true;
          });
        }
        assert.equal(server.received(row.name.split(" ")[0] ?? ""), 0);
        assert.equal(server.received("HELLO"), 0, "no connection was opened");
        assert.equal(server.clients, 0);
      });
    });
  }
}

describe("call", () => {
  it("rejects a bad argument before anything is sent", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (const value of [null, undefined, true, Number.NaN, ["q"]])
      await assert.rejects(Reflect.apply(disque.call, disque, ["QLEN", value]), /argument of QLEN/);
    await assert.rejects(Reflect.apply(disque.call, disque, ["QLEN", { id: 5 }]), /unknown option "id"/);
    await assert.rejects(disque.call("MONITOR"), TypeError);
    assert.equal(server.received("HELLO"), 0);
  });
});

describe("an iterator", () => {
  it("rejects a bad option before anything is sent", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (const items of [disque.queues({ count: 0 }), disque.scanJobs({ count: 0 })])
      await assert.rejects(items.next(), /^RangeError: count/);
    for (const name of ["queues", "scanJobs"] as const) {
      const items: AsyncGenerator = Reflect.apply(disque[name], disque, [{ counts: 1 }]);
      await assert.rejects(
        items.next(),
        /^TypeError: options: unknown option "counts"; did you mean count\?/,
      );
    }
    assert.equal(server.received("HELLO"), 0);
  });
});

describe("clientKill", () => {
  it("needs at least one filter", async () => {
    await using disque = new Disque();
    for (const args of [[], [{}], [{ skipme: false }]])
      await assert.rejects(
        Reflect.apply(disque.clientKill, disque, args),
        /needs at least one of id, addr and type/,
      );
  });
});
