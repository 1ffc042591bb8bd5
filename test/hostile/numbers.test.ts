// Numbers and names that no server has reason to send.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { array, bulk, scriptedNode, until } from "../client/scripted.ts";

const LONGEST_DELAY = 2 ** 31 - 1;
const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
const COUNTED = array(
  array(
    bulk("mail"),
    bulk(ID),
    bulk("body"),
    bulk("nacks"),
    ":0\r\n",
    bulk("additional-deliveries"),
    ":0\r\n",
  ),
);

describe("a worker whose node grants", () => {
  for (const seconds of ["9007199254740991", "2147483648", "0", "-1", "-9007199254740991"])
    it(`${seconds} seconds does not send WORKING again at once`, async (test) => {
      const replies = [COUNTED];
      await using node = await scriptedNode(([command]) => {
        if (command === "GETJOB") return replies.pop() ?? "";
        return command === "WORKING" ? `:${seconds}\r\n` : "";
      });
      await using disque = new Disque(node.address);
      const timers = test.mock.method(globalThis, "setTimeout");
      let finish = (): void => {};
      const worker = disque.work("mail", () => new Promise<void>((resolve) => (finish = resolve)));
      const peer = await node.server.accept();
      await until(() => peer.commands.some(([command]) => command === "WORKING"));
      // Once the reply has been read, the timer of the next heartbeat is set.
      const answered = disque.ping();
      await until(() => peer.commands.some(([command]) => command === "PING"));
      peer.write("+PONG\r\n");
      await answered;
      const delays = timers.mock.calls.map((call) => Number(call.arguments[1]));
      assert.ok(
        delays.every((delay) => delay >= 0 && delay <= LONGEST_DELAY),
        String(delays),
      );
      assert.equal(peer.commands.filter(([command]) => command === "WORKING").length, 1);
      disque.destroy();
      finish();
      await worker.stop();
    });
});
