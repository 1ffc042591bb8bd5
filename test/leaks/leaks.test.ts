import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { growth } from "./growth.ts";
import { measure } from "./measuring.ts";
import { scenarios } from "./scenarios.ts";

// The full numbers take minutes: `npm run leaks`.
describe("a client leaks nothing", { concurrency: 2 }, () => {
  for (const [scenario, { title, short }] of Object.entries(scenarios)) {
    it(`with ${title}`, async () => {
      assert.deepEqual(growth(await measure({ scenario, iterations: short, parts: 2 })), []);
    });
  }
});

it("and a leak in every iteration is detected", async () => {
  const measurement = { scenario: "commands", iterations: 2_000, parts: 2 };
  const more = growth(await measure({ ...measurement, keeping: "everything" })).join("\n");
  for (const what of ["objects", "bytes", "timers", "listeners on the signal", "active TCPSocketWrap"])
    assert.match(more, new RegExp(`^after the second half: \\d+ more ${what}$`, "m"));
  for (const what of ["timers", "listeners on the signal", "active TCPSocketWrap"])
    assert.match(more, new RegExp(`^after closing: \\d+ more ${what}$`, "m"));
});
