import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { settingsFrom } from "../../src/cluster/options.ts";
import { Disque } from "../../src/index.ts";

const TIMES = [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, "5000", true, {}, 5n];
const FLAGS = [0, 1, "yes", {}];

/** Each of the limits with what is no whole number above 0. */
const LIMITS = ["maxDepth", "maxElements", "maxBulkLength", "maxLineLength", "maxReplyLength"].flatMap(
  (name) => [...TIMES, null, 1.5, Number.POSITIVE_INFINITY].map((value) => ({ [name]: value })),
);

/** Values that each option must refuse. */
const BAD: Readonly<Record<string, readonly unknown[]>> = {
  password: [5, true, ["text"], Buffer.from("text")],
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
  affinity: FLAGS,
  traceBodies: FLAGS,
  maxPending: TIMES,
  replyLimits: [5, true, "32", [], ...LIMITS],
};

describe("options", () => {
  it("have the defaults that their comments say", () => {
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
      affinity: true,
      maxPending: 100_000,
      traceBodies: false,
      replyLimits: {},
    });
    const undefineds = Object.fromEntries(Object.keys(BAD).map((name) => [name, undefined]));
    assert.deepEqual(settingsFrom(undefineds), settingsFrom({}));
  });

  it("are taken as they are given", () => {
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
      affinity: false,
      maxPending: 1,
      traceBodies: true,
      replyLimits: { maxDepth: 4, maxElements: 1, maxBulkLength: 1, maxLineLength: 1, maxReplyLength: 1 },
    };
    assert.deepEqual(settingsFrom(given), given);
  });

  for (const [name, values] of Object.entries(BAD)) {
    for (const value of values) {
      it(`refuse a ${name} that is ${inspect(value)}, by its name`, () => {
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

  it("are all tested for what they refuse", () => {
    assert.deepEqual(Object.keys(BAD).sort(), Object.keys(settingsFrom({})).sort());
  });
});
