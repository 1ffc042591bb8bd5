// Text from a node that is shown contains no password, however it is split up, and no control characters.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { inspect, promisify } from "node:util";
import { Disque } from "../../src/index.ts";
import { array, bulk, HELLO, NODE_ID, rejection } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const PASSWORD = "correct-horse-battery-staple";

/** Whether half of the password is recognisable by its letters. */
function tells(text: string): boolean {
  const letters = text.replace(/[^a-z]/g, "");
  return letters.includes("correcthorseba") || letters.includes("batterystaple");
}

const PIECES: Readonly<Record<string, string>> = {
  "cut short": PASSWORD.slice(0, -3),
  "without its start": PASSWORD.slice(3),
  "with other separators": PASSWORD.replace(/-/g, "_ "),
  "escaped as JSON": [...PASSWORD]
    .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}-${letter}`)
    .join(""),
  "in quotes": JSON.stringify(PASSWORD),
};

describe("a password echoed by a node", () => {
  for (const [how, text] of Object.entries(PIECES))
    it(`${how} is in no error`, async () => {
      for (const answer of [`-ERR no such password ${text}\r\n`, array(":1\r\n", bulk(text))]) {
        await using server = await ScriptedServer.start({ answer: () => answer });
        await using disque = new Disque(server.endpoint, { password: PASSWORD, failoverTimeout: 0 });
        for (let attempt = 0; attempt < 2; attempt++) {
          const error = await rejection(disque.ping());
          assert.ok(!tells(inspect(error, { depth: 10, showHidden: true })), inspect(error));
        }
        assert.ok(!tells(inspect(disque.nodes)));
      }
    });

  it("in place of its id is not shown", async () => {
    await using server = await ScriptedServer.start({
      answer: ([verb]) => (verb === "HELLO" ? array(":1\r\n", bulk(PASSWORD)) : "+OK\r\n"),
    });
    await using disque = new Disque(server.endpoint, { password: PASSWORD, failoverTimeout: 0 });
    assert.ok(!tells(inspect(await rejection(disque.ping()))));
    assert.ok(!tells(inspect(disque.nodes)));
  });
});

describe("a node's text logged with NODE_DEBUG=disque", () => {
  it("contains no control characters", async () => {
    const evil = "\u001b]0;owned\u0007\u001b[31m";
    await using server = await ScriptedServer.start({
      answer: ([verb]) => (verb === "HELLO" ? HELLO.replaceAll(NODE_ID, NODE_ID) : `-LOADING ${evil}\r\n`),
    });
    const { host, port } = server.endpoint;
    const module = new URL("../../src/index.js", import.meta.url).href;
    const program = `
      import { Disque } from ${JSON.stringify(module)};
      const disque = new Disque("${host}:${port}", { failoverTimeout: 2_000 });
      await disque.qlen("mail").catch(() => {});
      disque.destroy();`;
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", program],
      {
        // Not the test runner's environment, in which programs log nothing.
        env: { NODE_DEBUG: "disque" },
      },
    );
    assert.match(stderr, /LOADING/);
    assert.ok(!stderr.includes("\u001b"), JSON.stringify(stderr));
    assert.ok(!stderr.includes("\u0007"));
  });
});
