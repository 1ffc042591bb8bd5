// Nodes that fail between the client's first packet and its first command.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ConnectionError,
  Disque,
  DisqueError,
  type DisqueOptions,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../src/index.ts";
import { array, bulk, HELLO, NODE_ID, rejection } from "../client/scripted.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";

const PASSWORD = "s3cr3t";
const OPTIONS: DisqueOptions = { failoverTimeout: 0, password: PASSWORD, name: "mailer" };

/** The stages of the handshake, each as the bytes that were answered before. The commands leave in one write. */
const STAGES: readonly [when: string, answers: string][] = [
  ["after it connected", ""],
  ["after AUTH", "+OK\r\n"],
  ["after HELLO", `+OK\r\n${HELLO}`],
  ["within the reply to AUTH", "+O"],
  ["within HELLO", `+OK\r\n${HELLO.slice(0, 40)}`],
  ["within the reply to CLIENT SETNAME", `+OK\r\n${HELLO}+O`],
];

const FULL_STOPS: readonly [how: string, stop: (peer: Peer) => void][] = [
  ["closes", (peer) => void peer.socket.end()],
  ["resets the connection", (peer) => void peer.socket.resetAndDestroy()],
];

/** The error of one attempt to use a node, which answers with these bytes and then does `act`. */
async function attempt(
  answers: string,
  act: (peer: Peer) => void,
  options: DisqueOptions = OPTIONS,
): Promise<DisqueError> {
  await using server = await ScriptedServer.start();
  await using disque = new Disque(server.endpoint, options);
  const events: unknown[] = [];
  for (const event of ["connect", "disconnect", "switch"] as const)
    disque.on(event, () => events.push(event));
  const outcome = rejection(disque.ping());
  const peer = await server.accept();
  await peer.received(3);
  peer.write(answers);
  act(peer);
  const error = await outcome;
  assert.equal(server.attempts, 1);
  assert.ok(error instanceof DisqueError, String(error));
  assert.deepEqual(events, []);
  assert.equal(disque.connectedNode, undefined);
  assert.equal(disque.nodes[0]?.pending, 0);
  return error;
}

for (const [how, stop] of FULL_STOPS) {
  describe(`a node that ${how}`, () => {
    for (const [when, answers] of STAGES)
      it(`${when} is reported as unreachable, with its address and the reason`, async () => {
        const error = await attempt(answers, stop);
        assert.ok(error instanceof ConnectionError);
        assert.equal(error.sent, false);
        assert.equal(error.errors.length, 1);
        assert.match(error.message, /127\.0\.0\.1:\d+: .*(closed|ECONNRESET|EPIPE)/);
      });
  });
}

describe("a node that falls silent", () => {
  for (const [when, answers] of STAGES)
    it(`${when} fails after connectTimeout`, async () => {
      const error = await attempt(answers, () => {}, { ...OPTIONS, connectTimeout: 50 });
      assert.ok(error instanceof ConnectionError);
      assert.ok(error.errors[0] instanceof TimeoutError, String(error.errors[0]));
      assert.match(error.message, /no reply within \d+ ms/);
    });
});

describe("a node that sends invalid replies", () => {
  for (const [when, answers, message] of [
    ["to AUTH", "what?\r\n", /cannot begin with the byte 119/],
    ["to HELLO, without a bound", `+OK\r\n$${"9".repeat(18)}\r\n`, /a bulk string cannot have/],
    ["to HELLO, of the wrong kind", "+OK\r\n$5\r\nHELLO\r\n+OK\r\n", /CLUSTER NODES|expected|no reply/],
    [
      "to HELLO, in its nodes",
      `+OK\r\n${array(":1\r\n", bulk(NODE_ID), ":1\r\n")}+OK\r\n`,
      /node in HELLO: expected an array/,
    ],
    [
      "to HELLO, in a port",
      `+OK\r\n${array(":1\r\n", bulk(NODE_ID), array(bulk(NODE_ID), "+h\r\n", "+1e4\r\n", "+1\r\n"))}+OK\r\n`,
      /port of a node/,
    ],
    ["to CLIENT SETNAME", `+OK\r\n${HELLO}*1\r\n?\r\n`, /cannot begin with the byte 63/],
  ] as const)
    it(`${when} is rejected with the reason`, async () => {
      const error = await attempt(answers, () => {}, { ...OPTIONS, connectTimeout: 200 });
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, message);
      assert.ok(error.errors[0] instanceof ProtocolError || error.errors[0] instanceof TimeoutError);
    });
});

describe("a node that refuses", () => {
  it("the password is not retried", async () => {
    const error = await attempt(`-ERR invalid password\r\n-NOAUTH Authentication required.\r\n`, () => {});
    assert.ok(error instanceof ReplyError);
    assert.deepEqual([error.message, error.command], ["ERR invalid password", "AUTH"]);
  });

  it("the name is unreachable", async () => {
    const error = await attempt(`+OK\r\n${HELLO}-ERR no names here\r\n`, () => {});
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /no names here/);
  });

  for (const answer of [
    `-ERR unknown command 'AUTH', with args beginning with: '${PASSWORD}'\r\n`,
    `-${PASSWORD}\r\n`,
    `-ERR ${PASSWORD}\r\n`,
  ])
    it(`the password and echoes it is not quoted: ${answer.replace(PASSWORD, "***").trim()}`, async () => {
      // Not a refusal of the password: the node may only have failed.
      const error = await attempt(answer, () => {});
      assert.ok(error instanceof ConnectionError);
      const [reason] = error.errors;
      assert.ok(reason instanceof ReplyError && reason.command === "AUTH");
      assert.match(error.message, /not shown, since it contains the password/);
      assert.ok(!`${error.stack} ${reason.stack}`.includes(PASSWORD));
    });

  it("the password and echoes it outside RESP is not quoted", async () => {
    const error = await attempt(`:server 421 ${PASSWORD} :Unknown command\r\n`, () => {});
    assert.ok(error instanceof ConnectionError);
    assert.ok(
      !`${error.stack} ${error.errors.map(({ stack, cause }) => `${stack} ${cause}`)}`.includes(PASSWORD),
    );
  });
});
