// Words that the server reads differently, and invalid numbers.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque, ProtocolError } from "../../src/index.ts";
import { AT_LEAST_ONCE, array, bulk, jobs, rejection, scriptedNode, until } from "../client/scripted.ts";

describe("a word of call() that the server would cut at a NUL", () => {
  it("is rejected, and nothing is sent", async () => {
    await using node = await scriptedNode(() => "+OK\r\n");
    await using disque = new Disque(node.address);
    for (const words of [
      ["MONITOR\0"],
      ["monitor\0x"],
      ["CLIENT\0", "REPLY", "OFF"],
      ["CLIENT", "REPLY\0x", "OFF"],
    ] as [string, ...string[]][])
      assert.ok((await rejection(disque.call(...words))) instanceof TypeError, words.join(" "));
    assert.deepEqual(node.server.commands, []);
  });
});

describe("a text with a lone surrogate", () => {
  it("is rejected, because two names would become the same", async () => {
    await using node = await scriptedNode(() => `+${AT_LEAST_ONCE}\r\n`);
    await using disque = new Disque(node.address);
    for (const text of ["\ud800", "a\udc00b", `${"x".repeat(5_000)}\ud83d`]) {
      assert.ok((await rejection(disque.addJob(text, "body"))) instanceof TypeError);
      assert.ok((await rejection(disque.addJob("mail", text))) instanceof TypeError);
      assert.ok((await rejection(disque.qlen(text))) instanceof TypeError);
    }
    assert.equal(await disque.addJob("mail", "\ud83d\ude00"), AT_LEAST_ONCE);
  });
});

describe("a cursor that is not a number", () => {
  it("is a ProtocolError", async () => {
    for (const cursor of ["", "x", "-1", "1e3", "9".repeat(21)]) {
      await using node = await scriptedNode(() => array(bulk(cursor), array()));
      await using disque = new Disque(node.address, { failoverTimeout: 0 });
      assert.ok((await rejection(disque.qscan(0))) instanceof ProtocolError, cursor);
      assert.ok((await rejection(disque.queues().next())) instanceof ProtocolError, cursor);
    }
  });
});

describe("a WORKING answered with 0 or less", () => {
  for (const answer of ["0", "-5"])
    it(`does not end the heartbeats: ${answer}`, async () => {
      let fetched = false;
      const node = await scriptedNode(([verb]) => {
        if (verb === "WORKING") return `:${answer}\r\n`;
        if (verb === "GETJOB" && !fetched) {
          fetched = true;
          return jobs(AT_LEAST_ONCE)
            .replace("*3", "*7")
            .replace(/$/, "$5\r\nnacks\r\n:0\r\n$21\r\nadditional-deliveries\r\n:0\r\n");
        }
        return verb === "GETJOB" ? "*-1\r\n" : ":1\r\n";
      });
      const disque = new Disque(node.address);
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const worker = disque.work("mail", () => finished);
      const beats = (): number => node.server.commands.filter(([verb]) => verb === "WORKING").length;
      await until(() => beats() >= 3);
      // They are sent at a limited rate.
      const before = beats();
      await sleep(500);
      assert.ok(beats() - before <= 5, `${beats() - before} heartbeats in half a second`);
      finish();
      await worker.stop();
      await disque.close();
      await node[Symbol.asyncDispose]();
    });
});
