import assert from "node:assert/strict";
import type { Expected, Script, Step } from "./script.ts";
import { normalise } from "./views.ts";
import { type Wire, WireClient } from "./wire.ts";

/** A server, or a cluster of them, that scripts can be run against. */
export interface Target {
  /** The nodes by number, the first being 1. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  wait(ms: number): Promise<void>;
}

/** Runs a script, compares every reply with what is expected, and gives all replies as they were compared. */
export async function run(script: Script, target: Target): Promise<Wire[]> {
  const session = new Session(target);
  try {
    assert.equal(await session.prepare(), "+OK");
    const replies: Wire[] = [];
    for (const [at, step] of script.steps.entries()) {
      const reply = await session.take(step);
      if (reply === null) continue;
      replies.push(reply);
      if ("expected" in step) check(reply, step.expected, `step ${at + 1} of "${script.name}"`);
    }
    return replies;
  } finally {
    session.close();
  }
}

class Session {
  readonly #target: Target;
  readonly #clients = new Map<string, WireClient>();
  readonly #kept = new Map<string, string>();

  constructor(target: Target) {
    this.#target = target;
  }

  async prepare(): Promise<Wire> {
    const client = await this.#client("main");
    return client.call("DEBUG", "FLUSHALL");
  }

  async take(step: Step): Promise<Wire | null> {
    if (step.kind === "wait") {
      await this.#target.wait(step.ms);
      return null;
    }
    const client = await this.#client(step.on);
    switch (step.kind) {
      case "call": {
        client.send(step.args.map((arg) => this.#fill(arg)));
        const reply = await client.receive();
        if (step.keep !== null) this.#kept.set(step.keep, firstText(reply));
        const shown = normalise(reply);
        return step.view === null ? shown : step.view(shown);
      }
      case "send":
        client.send(step.args.map((arg) => this.#fill(arg)));
        return null;
      case "write":
        client.write(step.bytes);
        return null;
      case "receive":
        return normalise(await client.receive());
      case "end":
        client.socket.end();
        return null;
      case "closed":
        return normalise(await client.closed());
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
  }

  async #client(name: string): Promise<WireClient> {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const node = this.#target.nodes[Number(name.split("@")[1] ?? 1) - 1];
    assert.ok(node, `there is no node for connection ${name}`);
    const client = await WireClient.connect(node.host, node.port);
    this.#clients.set(name, client);
    return client;
  }

  #fill(arg: string | Buffer): string | Buffer {
    return typeof arg === "string"
      ? arg.replace(/\{(\w+)\}/g, (all, name) => this.#kept.get(name) ?? all)
      : arg;
  }
}

/** The first text of a reply, without its type. */
function firstText(reply: Wire): string {
  return typeof reply === "string" ? reply.slice(1) : firstText(reply[0] ?? "");
}

function check(reply: Wire, expected: Expected, where: string): void {
  const shown = `${where} got ${JSON.stringify(reply)}`;
  if (expected instanceof RegExp) {
    assert.ok(typeof reply === "string" && expected.test(reply), `${shown}, expected ${expected}`);
  } else if (typeof expected === "string") {
    assert.equal(reply, expected, where);
  } else {
    assert.ok(Array.isArray(reply), `${shown}, expected an array`);
    assert.equal(reply.length, expected.length, shown);
    for (const [at, element] of expected.entries()) check(reply[at], element, where);
  }
}
