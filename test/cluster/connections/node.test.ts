import "../../support/fake-clock.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Node, type NodeOptions } from "../../../src/cluster/connections/node.ts";
import type { Submission } from "../../../src/cluster/connections/persistent-connection.ts";
import { type DisqueOptions, settingsFrom } from "../../../src/cluster/options.ts";
import type { Hello } from "../../../src/commands/hello.ts";
import { ClosedError, ConnectionError, type DisqueError, ReplyError } from "../../../src/resp/index.ts";
import { array, bulk, HELLO, NODE_ID, rejection, until } from "../../client/scripted.ts";
import { pass } from "../../support/fake-clock.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";
import { at, id, topology } from "../hellos.ts";
import { send, TestSubmission } from "./stage.ts";

interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly node: Node;
  /** The names of the callbacks that were called. */
  readonly calls: string[];
}

interface StageOptions {
  readonly answer: (command: string[]) => string;
  readonly options?: DisqueOptions;
  readonly callbacks?: Partial<NodeOptions>;
}

async function stage({ answer, options = {}, callbacks = {} }: StageOptions): Promise<Stage> {
  const server = await ScriptedServer.start({ answer });
  const { host, port } = server.endpoint;
  const calls: string[] = [];
  const node = new Node(at(topology([{ host, port }]), `${host}:${port}`), {
    settings: settingsFrom(options),
    keepIdle: () => true,
    onConnect: () => calls.push("connect"),
    onDisconnect: () => calls.push("disconnect"),
    onOtherNode: () => calls.push("other node"),
    onReady: ({ known }, { hello }) => {
      known.id = hello.id;
      calls.push("ready");
    },
    onUnreachable: () => calls.push("unreachable"),
    ...callbacks,
  });
  return {
    server,
    node,
    calls,
    async [Symbol.asyncDispose]() {
      node.destroy(new ClosedError("the test is over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

function count(server: ScriptedServer, command: string): number {
  return server.commands.filter(([name]) => name === command).length;
}

const healthy = ([command]: string[]): string => (command === "HELLO" ? HELLO : "+OK\r\n");

describe("a node", () => {
  it("connects once, and sends HELLO again when it is reopened", async () => {
    await using the = await stage({ answer: healthy });
    await the.node.open(undefined);
    assert.deepEqual([the.node.connected, the.node.connects, the.calls], [true, 1, ["ready", "connect"]]);
    await the.node.open(undefined);
    assert.deepEqual([the.server.attempts, count(the.server, "HELLO")], [1, 2]);
    assert.equal(the.node.hello?.id, NODE_ID);
  });

  it("uses a separate connection for a waiting GETJOB, and a shared one for other commands", async () => {
    const answer = (command: string[]): string => (command[0] === "GETJOB" ? "" : healthy(command));
    await using the = await stage({ answer });
    await the.node.open(undefined);
    const waiting = new TestSubmission("GETJOB", "FROM", "q");
    the.node.submit(waiting, "waiting");
    await until(() => count(the.server, "GETJOB") === 1);
    assert.equal(the.node.pending, 1);
    const shared = { submit: (submission: Submission) => the.node.submit(submission, "shared") };
    assert.equal(await send(shared, "PING"), "OK");
    assert.deepEqual([the.server.attempts, the.node.calls], [2, 2]);
  });

  it("reports the loss of the shared connection", async () => {
    await using the = await stage({ answer: healthy });
    await the.node.open(undefined);
    const peer = await the.server.accept();
    peer.socket.resetAndDestroy();
    await until(() => the.calls.includes("disconnect"));
    assert.deepEqual([the.node.losses, the.node.connected], [1, false]);
  });

  it("reports that it refuses new connections, even if its shared connection works", async () => {
    let connections = 0;
    const answer = (command: string[]): string => {
      if (command[0] !== "HELLO") return "+OK\r\n";
      return ++connections === 1 ? HELLO : "-ERR max number of clients reached\r\n";
    };
    await using the = await stage({ answer });
    await the.node.open(undefined);
    const waiting = new TestSubmission("GETJOB", "FROM", "q");
    the.node.submit(waiting, "waiting");
    const error = await rejection(waiting.reply);
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual([error.sent, error.message], [false, "ERR max number of clients reached"]);
    assert.ok(the.calls.includes("unreachable"));
    assert.equal(the.node.connected, true);
  });
});

describe("a node that refuses the password", () => {
  const refusing = ([command]: string[]): string =>
    command === "AUTH" ? "-ERR invalid password\r\n" : "-NOAUTH Authentication required.\r\n";

  it("is not sent the same password again for a minute", async () => {
    await using the = await stage({ answer: refusing, options: { password: "secret" } });
    const first = await rejection(the.node.open(undefined));
    assert.ok(first instanceof ReplyError);
    for (let times = 0; times < 3; times++) {
      pass(19_999);
      assert.equal(await rejection(the.node.open(undefined)), first);
    }
    assert.deepEqual([the.server.attempts, count(the.server, "AUTH")], [1, 1]);
    assert.equal(the.calls.filter((call) => call === "unreachable").length, 4);
    pass(3);
    assert.ok((await rejection(the.node.open(undefined))) instanceof ReplyError);
    assert.equal(count(the.server, "AUTH"), 2);
    assert.notEqual(await rejection(the.node.open(undefined)), first);
    assert.equal(count(the.server, "AUTH"), 2);
  });

  it("is sent another password at once", async () => {
    let password = "old";
    const answer = (command: string[]): string =>
      command[0] === "AUTH" && command[1] === "new" ? "+OK\r\n" : "";
    await using the = await stage({
      answer: (command) => {
        if (command[0] === "AUTH" && password === "old") return refusing(command);
        return answer(command) || healthy(command);
      },
      options: { password: () => password },
    });
    assert.ok((await rejection(the.node.open(undefined))) instanceof ReplyError);
    assert.ok((await rejection(the.node.open(undefined))) instanceof ReplyError);
    assert.equal(count(the.server, "AUTH"), 1);
    password = "new";
    await the.node.open(undefined);
    assert.deepEqual(
      the.server.commands.filter(([name]) => name === "AUTH"),
      [
        ["AUTH", "old"],
        ["AUTH", "new"],
      ],
    );
  });

  it("is sent the password again at once if it failed for another reason, such as being full", async () => {
    const answer = ([command]: string[]): string =>
      command === "AUTH" ? "-ERR max number of clients reached\r\n" : HELLO;
    await using the = await stage({ answer, options: { password: "secret" } });
    for (let n = 1; n <= 3; n++) {
      assert.ok((await rejection(the.node.open(undefined))) instanceof ReplyError);
      assert.equal(count(the.server, "AUTH"), n);
    }
  });
});

describe("a node behind a load balancer", () => {
  const helloOf = (prefix: string): string =>
    array(":1\r\n", bulk(id(prefix)), array(bulk(id(prefix)), bulk(""), bulk("7711"), bulk("1")));

  it("is reached by reconnecting until its own HELLO answers", async () => {
    const turns = ["a", "b", "c", "a"];
    const others: Hello[] = [];
    await using the = await stage({
      answer: ([command]) => (command === "HELLO" ? helloOf(turns.shift() ?? "a") : "*-1\r\n"),
      callbacks: {
        onOtherNode: (_node, hello) => others.push(hello),
      },
    });
    await the.node.open(undefined);
    const waiting = new TestSubmission("GETJOB", "FROM", "q");
    the.node.submit(waiting, "waiting");
    assert.equal(await waiting.reply, null);
    assert.deepEqual(
      others.map((hello) => hello.id),
      [id("b"), id("c")],
    );
    assert.equal(the.server.attempts, 4);
  });

  it("is given up after 16 connections that led to other nodes, then after 4", async () => {
    let isFirst = true;
    await using the = await stage({
      answer: ([command]) => {
        if (command !== "HELLO") return "";
        const own = isFirst;
        isFirst = false;
        return helloOf(own ? "a" : "b");
      },
    });
    await the.node.open(undefined);
    const waiting = new TestSubmission("GETJOB", "FROM", "q");
    the.node.submit(waiting, "waiting");
    const error = await rejection(waiting.reply);
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /: the connections lead to other nodes$/);
    assert.equal(the.server.attempts, 17);
    // The node is probably down. Further attempts make fewer connections to the others.
    const later = new TestSubmission("GETJOB", "FROM", "q");
    the.node.submit(later, "waiting");
    await rejection(later.reply);
    assert.equal(the.server.attempts, 21);
  });

  it("may come back with another id after a restart", async () => {
    let prefix = "a";
    const lost: DisqueError[] = [];
    await using the = await stage({
      answer: () => helloOf(prefix),
      callbacks: { onDisconnect: (_node, error) => lost.push(error) },
    });
    await the.node.open(undefined);
    prefix = "b";
    (await the.server.accept()).socket.resetAndDestroy();
    await until(() => lost.length === 1);
    await the.node.open(undefined);
    assert.equal(the.node.hello?.id, id("b"));
  });
});
