// The short form of `npm run worst-cases`: with the advised limits, no reply stalls the event loop or takes much memory for long.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WORST_CASES } from "./worst-cases/replies.ts";
import { ADVISED, measured } from "./worst-cases/run.ts";

const MIB = 2 ** 20;
/** The limit stated in SECURITY.md. */
const MEMORY = 200 * MIB;
/** Five times the 200 ms of SECURITY.md, since this machine may be slower or busy. */
const STALL = 1_000;

describe("with the advised limits a reply costs little", { concurrency: 2 }, () => {
  for (const worst of WORST_CASES)
    it(worst.name, async () => {
      const { memory, stall } = await measured(worst, ADVISED);
      assert.ok(memory < MEMORY, `${Math.round(memory / MIB)} MiB`);
      assert.ok(stall < STALL, `${stall} ms`);
    });
});
