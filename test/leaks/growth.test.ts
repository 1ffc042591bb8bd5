import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Footprint } from "./footprint.ts";
import { growth, type Report } from "./growth.ts";

const held: Footprint = {
  bytes: 10_000_000,
  objects: 9_000,
  kinds: { timers: 3, "active TCPSocketWrap": 2 },
};

function report(parts: Partial<Report>): Report {
  const nothing = { ...held, kinds: {} };
  return {
    done: 2_000,
    inSecondHalf: 1_000,
    before: nothing,
    after: nothing,
    during: [held, held],
    ...parts,
  };
}

describe("growth", () => {
  it("is empty if the end equals the middle, and the state after closing equals the one before", () => {
    assert.deepEqual(growth(report({})), []);
  });

  it("may come from objects made once in the first half", () => {
    const less = { bytes: 0, objects: 0, kinds: {} };
    assert.deepEqual(growth(report({ during: [less, held, held, held] })), []);
  });

  it("may be negative, or a few objects and bytes", () => {
    const more = { ...held, bytes: held.bytes + 200_000, objects: held.objects + 50, kinds: { timers: 2 } };
    assert.deepEqual(growth(report({ during: [held, more] })), []);
  });

  it("is reported for each kind: one socket, 100 objects or 600,000 bytes are enough", () => {
    const more: Footprint = {
      bytes: held.bytes + 600_000,
      objects: held.objects + 100,
      kinds: { ...held.kinds, "active TCPSocketWrap": 3, "active PipeWrap": 1 },
    };
    assert.deepEqual(growth(report({ during: [held, more] })), [
      "after the second half: 1 more active TCPSocketWrap",
      "after the second half: 1 more active PipeWrap",
      "after the second half: 100 more objects",
      "after the second half: 600000 more bytes",
    ]);
  });

  it("is reported after closing as well", () => {
    assert.deepEqual(growth(report({ after: held })), [
      "after closing: 3 more timers",
      "after closing: 2 more active TCPSocketWrap",
    ]);
  });
});
