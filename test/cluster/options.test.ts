import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { settingsFrom } from "../../src/cluster/options.ts";
import { Disque } from "../../src/index.ts";

const TIMES = [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, "5000", true, {}, 5n];
const FLAGS = [0, 1, "yes", {}];

/** Each of the limits, with values that are not whole numbers above 0. */
const LIMITS = ["maxDepth", "maxElements", "maxBulkLength", "maxLineLength", "maxReplyLength"].flatMap(
  (name) => [...TIMES, null, 1.5, Number.POSITIVE_INFINITY].map((value) => ({ [name]: value })),
);

/** Values that each option must reject. */
const BAD: Readonly<Record<string, readonly unknown[]>> = {
  password: [5, true, null, ["text"], Buffer.from("text")],
  tls: [5, "yes"],
  name: [5, "", "two words", "line\n", "ü", "\x7f"],
  connectTimeout: TIMES,
  commandTimeout: TIMES,
  keepAlive: TIMES,
  failoverTimeout: TIMES.filter((value) => value !== 0),
  shuffle: FLAGS,
  discover: FLAGS,
  mapNode: [5, "host", true, {}],
  refreshInterval: TIMES,
  addConnections: TIMES,
  traceBodies: FLAGS,
  maxPending: TIMES,
  replyLimits: [5, true, "32", [], { maxdepth: 5 }, ...LIMITS],
};

describe("options", () => {
  it("have the documented defaults", () => {
    assert.deepEqual(settingsFrom({}), {
      password: undefined,
      tls: false,
      name: undefined,
      connectTimeout: 5_000,
      commandTimeout: 10_000,
      keepAlive: 10_000,
      failoverTimeout: 10_000,
      shuffle: false,
      discover: true,
      mapNode: undefined,
      refreshInterval: 30_000,
      addConnections: 16,
      maxPending: 100_000,
      traceBodies: false,
      replyLimits: {},
    });
    const undefineds = Object.fromEntries(Object.keys(BAD).map((name) => [name, undefined]));
    assert.deepEqual(settingsFrom(undefineds), settingsFrom({}));
  });

  it("are used as given", () => {
    const given = {
      password: "",
      tls: { ca: "x" },
      name: "billing-7!~",
      connectTimeout: 0.5,
      commandTimeout: Number.POSITIVE_INFINITY,
      keepAlive: 1,
      failoverTimeout: 0,
      shuffle: true,
      discover: false,
      mapNode: () => null,
      refreshInterval: 1,
      addConnections: 1,
      maxPending: 1,
      traceBodies: true,
      replyLimits: { maxDepth: 4, maxElements: 1, maxBulkLength: 1, maxLineLength: 1, maxReplyLength: 1 },
    };
    assert.deepEqual(settingsFrom(given), given);
  });

  for (const [name, values] of Object.entries(BAD)) {
    for (const value of values) {
      it(`reject ${inspect(value)} for ${name}, and the error names the option`, () => {
        assert.throws(
          () => Reflect.construct(Disque, ["host", { [name]: value }]),
          (error) => {
            assert.ok(error instanceof TypeError || error instanceof RangeError);
            assert.match(error.message, new RegExp(`\\b${name}\\b`));
            return true;
          },
        );
      });
    }
  }

  it("may be functions for `password` and `tls`", () => {
    const given = { password: () => "secret", tls: async () => ({ ca: "x" }) };
    const { password, tls } = settingsFrom(given);
    assert.deepEqual([password, tls], [given.password, given.tls]);
  });

  it("are rejected if unknown, with the nearest known name", () => {
    for (const [options, message] of [
      [{ affinity: true }, /^TypeError: options: unknown option "affinity"/],
      [{ passwd: "secret" }, /^TypeError: options: unknown option "passwd"; did you mean password\?$/],
      [{ commandTimeOut: undefined }, /unknown option "commandTimeOut"; did you mean commandTimeout\?$/],
      [
        { replyLimits: { maxdepth: 5 } },
        /^TypeError: option replyLimits: unknown option "maxdepth"; did you mean maxDepth\?$/,
      ],
    ] as const)
      assert.throws(() => Reflect.construct(Disque, ["host", options]), message);
  });

  it("must be an object, not a port", () => {
    assert.throws(() => Reflect.construct(Disque, ["127.0.0.1", 7712]), {
      name: "TypeError",
      message: 'the second argument must be options: write a node as "host:port" or { host, port }',
    });
    for (const options of [null, []])
      assert.throws(
        () => Reflect.construct(Disque, ["host", options]),
        /^TypeError: options must be an object/,
      );
  });

  it("do not reveal a rejected password in the error", () => {
    for (const password of [["secret"], { secret: "secret" }])
      assert.throws(
        () => Reflect.construct(Disque, ["host", { password }]),
        (error) => !inspect(error).includes("secret"),
      );
  });

  it("are all tested with bad values", () => {
    assert.deepEqual(Object.keys(BAD).sort(), Object.keys(settingsFrom({})).sort());
  });
});
