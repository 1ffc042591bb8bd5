import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { somePort } from "../../src/testing/ports.ts";
import { WireClient } from "../conformance/wire.ts";

const PROGRAM = fileURLToPath(new URL("../../src/testing/bin.js", import.meta.url));

/** A run of the program. Its output is collected and can be awaited. */
class Run {
  readonly process: ChildProcess;
  readonly closed: Promise<unknown[]>;
  output = "";
  errors = "";

  constructor(args: readonly string[], directory: string) {
    this.process = spawn(process.execPath, [PROGRAM, ...args], { cwd: directory });
    this.closed = once(this.process, "close");
    this.process.stdout?.on("data", (chunk) => {
      this.output += chunk;
    });
    this.process.stderr?.on("data", (chunk) => {
      this.errors += chunk;
    });
  }

  async lines(count: number): Promise<string[]> {
    while (this.output.split("\n").length <= count) {
      if (this.process.exitCode !== null) throw new Error(`it ended: ${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.output.trimEnd().split("\n");
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.process.kill(signal);
    await this.closed;
    return this.process.exitCode;
  }
}

describe("disque-testing", () => {
  let directory: string;
  const runs: Run[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "disque-testing-"));
  });
  after(async () => {
    for (const run of runs) run.process.kill("SIGKILL");
    await rm(directory, { recursive: true });
  });

  function start(...args: string[]): Run {
    const run = new Run(args, directory);
    runs.push(run);
    return run;
  }

  test("starts one node, prints its address, and stops when interrupted", async () => {
    const run = start("--port", "0");
    const [address = ""] = await run.lines(1);
    const client = await dial(address);
    assert.equal(await client.call("PING"), "+PONG");
    assert.equal(await run.stop("SIGINT"), 0);
    await client.closed();
    assert.equal(run.errors, "");
  });

  test("starts a cluster with a password, and hides it in the verbose log", async () => {
    const port = somePort();
    const run = start("--port", String(port), "--nodes", "3", "--password", "open sesame", "--verbose");
    const addresses = await run.lines(3);
    assert.deepEqual(
      addresses,
      [0, 1, 2].map((at) => `127.0.0.1:${port + at}`),
    );
    const client = await dial(addresses[1] ?? "");
    assert.equal(await client.call("AUTH", "open sesame"), "+OK");
    assert.equal(await client.call("CONFIG", "SET", "requirepass", "open sesame"), "+OK");
    assert.match(String(await client.call("CLUSTER", "INFO")), /cluster_size:3/);
    await client.call("ADDJOB", "mail", Buffer.from("two words\n"), "0");
    client.destroy();
    const lines = (await run.lines(9)).slice(3).map((line) => line.replace(/127\.0\.0\.1:\d+/, "<client>"));
    assert.deepEqual(lines, [
      `${port + 1} <client> connected`,
      `${port + 1} <client> AUTH ***`,
      `${port + 1} <client> CONFIG SET requirepass ***`,
      `${port + 1} <client> CLUSTER INFO`,
      `${port + 1} <client> ADDJOB mail "two words\\n" 0`,
      `${port + 1} <client> disconnected`,
    ]);
    assert.equal(await run.stop("SIGTERM"), 0);
  });

  test("goes on when its output is no longer read", async () => {
    const run = start("--port", "0", "--verbose");
    const [address = ""] = await run.lines(1);
    run.process.stdout?.destroy();
    const client = await dial(address);
    for (let count = 0; count < 20; count++) assert.equal(await client.call("PING"), "+PONG");
    assert.equal(await run.stop("SIGINT"), 0);
    assert.equal(run.errors, "");
  });

  test("no command writes a file, and SHUTDOWN and crashes end the node", async () => {
    const run = start("--port", "0", "--nodes", "2");
    const addresses = await run.lines(2);
    const client = await dial(addresses[0] ?? "");
    assert.match(
      String(await client.call("CONFIG", "REWRITE")),
      /^-ERR The server is running without a config file/,
    );
    await client.call("CONFIG", "SET", "appendonly", "yes");
    await client.call("CONFIG", "SET", "dir", directory);
    await client.call("BGREWRITEAOF");
    await client.call("CLUSTER", "SAVECONFIG");
    client.send(["DEBUG", "SEGFAULT"]);
    await client.closed();
    const other = await dial(addresses[1] ?? "");
    assert.equal(await other.call("PING"), "+PONG");
    other.send(["SHUTDOWN", "REWRITE-AOF"]);
    await other.closed();
    await run.closed;
    assert.equal(run.process.exitCode, 0);
    assert.deepEqual(await readdir(directory), []);
  });

  test("reports that nodes of different processes cannot form a cluster", async () => {
    const [first, second] = [start("--port", "0"), start("--port", "0", "--nodes", "2")];
    const [address = ""] = await first.lines(1);
    const [a = "", b = ""] = await second.lines(2);
    const client = await dial(a);
    const [host = "", port = ""] = address.split(":");
    assert.match(
      String(await client.call("CLUSTER", "MEET", host, port)),
      /^-ERR no node of this process listens on .* start disque-testing once, with --nodes$/,
    );
    const [, own = ""] = b.split(":");
    assert.equal(await client.call("CLUSTER", "MEET", "127.0.0.1", own), "+OK");
  });

  for (const [args, message] of [
    [["--port", "x"], /--port takes a whole number from 0 to 65535/],
    [["--nodes", "0"], /--nodes takes a whole number from 1 to 100/],
    [["--port", "65535", "--nodes", "2"], /too few ports/],
    [["--nonsense"], /Unknown option '--nonsense'/],
    [["extra"], /Unexpected argument 'extra'/],
  ] as const) {
    test(`rejects ${args.join(" ")}`, async () => {
      const run = start(...args);
      await run.closed;
      assert.equal(run.process.exitCode, 1);
      assert.match(run.errors, message);
      assert.match(run.errors, /Usage: disque-testing/);
      assert.doesNotMatch(run.errors, /\n {4}at /);
    });
  }

  test("reports a port in use without a stack", async () => {
    const first = start("--port", "0");
    const [address = ""] = await first.lines(1);
    const second = start("--port", address.split(":")[1] ?? "");
    await second.closed;
    assert.equal(second.process.exitCode, 1);
    assert.match(
      second.errors,
      /^disque-testing: listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+\n$/,
    );
  });

  test("prints its usage", async () => {
    const run = start("--help");
    await run.closed;
    assert.equal(run.process.exitCode, 0);
    assert.match(run.output, /^Usage: disque-testing/);
  });
});

async function dial(address: string): Promise<WireClient> {
  const [host = "", port = ""] = address.split(":");
  return await WireClient.connect(host, Number(port));
}
