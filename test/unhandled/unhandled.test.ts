import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { skipWithoutServer } from "../support/real-server.ts";

const MEETING_FAULTS = fileURLToPath(new URL("meeting-faults.js", import.meta.url));

/** How a process ended, and all that it printed. */
async function outcome(meeting: string): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, ["--disable-warning=DisqueWarning", MEETING_FAULTS, meeting], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const [code] = await closed;
  return { code, output };
}

describe("a process that meets every fault and handles its calls' rejections", {
  concurrency: true,
}, () => {
  it("exits by itself, without an unhandled rejection, an uncaught exception, a warning or any output", async () => {
    assert.deepEqual(await outcome("some"), { code: 0, output: "" });
  });

  it("does the same with real servers", { skip: skipWithoutServer }, async () => {
    assert.deepEqual(await outcome("real"), { code: 0, output: "" });
  });

  for (const [slip, printed] of [
    ["rejection", /^unhandled rejection: Error: slipped/m],
    ["exception", /^uncaught exception: Error: slipped/m],
    ["warning", /^warning: MaxListenersExceededWarning/m],
    ["timer", /^kept alive by: .*'Timeout'/m],
  ] as const) {
    it(`is noticed if it makes a mistake: ${slip}`, async () => {
      const { code, output } = await outcome(slip);
      assert.equal(code, 1);
      assert.match(output, printed);
    });
  }

  it("is noticed if it prints something", async () => {
    assert.deepEqual(await outcome("print"), { code: 0, output: "slipped\n" });
  });
});
