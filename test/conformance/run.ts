import assert from "node:assert/strict";
import { EACH, type Expected, type Script, type Step } from "./script.ts";
import { type Names, normalise } from "./views.ts";
import { type Wire, WireClient } from "./wire.ts";

/** A server or cluster that scripts can run against. */
export interface Target {
  /** The nodes by number, from 1. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  wait(ms: number): Promise<void>;
}

type CallStep = Extract<Step, { readonly kind: "call" }>;

/** How long a patient step repeats its command at most, and how often, in milliseconds. */
const PATIENCE = 10_000;
const POLL_PERIOD = 50;

/** Runs a script, compares every reply with the expected one, and returns all replies in normalised form. */
export async function run(script: Script, target: Target): Promise<Wire[]> {
  const session = new Session(target);
  try {
    await session.prepare();
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
  #names: Names = new Map();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Empties all nodes, and learns their names. */
  async prepare(): Promise<void> {
    const names = new Map<string, string>();
    for (const [at, node] of this.#target.nodes.entries()) {
      const client = await this.#client(`main@${at + 1}`);
      assert.equal(await client.call("DEBUG", "FLUSHALL"), "+OK");
      if (this.#target.nodes.length === 1) break;
      const id = String(await client.call("CLUSTER", "MYID")).slice(1);
      names.set(id, `<node ${at + 1}>`);
      names.set(id.slice(0, 8), `<id ${at + 1}`);
      names.set(String(node.port), `<port ${at + 1}>`);
    }
    this.#names = names;
  }

  async take(step: Step): Promise<Wire | null> {
    if (step.kind === "wait") {
      await this.#target.wait(step.ms);
      return null;
    }
    if (step.kind === "call") return this.#call(step);
    const client = await this.#client(step.on);
    switch (step.kind) {
      case "send":
        client.send(step.args.map((arg) => this.#fill(arg)));
        return null;
      case "write":
        client.write(step.bytes);
        return null;
      case "receive": {
        const reply = normalise(await client.receive(), this.#names);
        return step.view === null ? reply : step.view(reply);
      }
      case "end":
        client.socket.end();
        return null;
      case "reset":
        client.socket.resetAndDestroy();
        return null;
      case "closed":
        return normalise(await client.closed(), this.#names);
    }
  }

  async #call(step: CallStep): Promise<Wire> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const reply = await this.#ask(step);
      const shown = normalise(reply, this.#names);
      const seen = step.view === null ? shown : step.view(shown);
      if (step.keep !== null) this.#kept.set(step.keep, firstText(reply));
      if (!step.patient || matches(seen, step.expected) || performance.now() > deadline) return seen;
      await this.#target.wait(POLL_PERIOD);
    }
  }

  async #ask({ on, args }: CallStep): Promise<Wire> {
    const filled = args.map((arg) => this.#fill(arg));
    if (on !== EACH) return (await this.#client(on)).call(...filled);
    const replies: Wire[] = [];
    for (const at of this.#target.nodes.keys()) {
      replies.push(await (await this.#client(`main@${at + 1}`)).call(...filled));
    }
    return replies;
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
  }

  async #client(name: string): Promise<WireClient> {
    const number = Number(name.split("@")[1] ?? 1);
    const node = this.#target.nodes[number - 1];
    if (name === "main") return this.#client("main@1");
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
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

function matches(reply: Wire, expected: Expected): boolean {
  if (expected instanceof RegExp) return typeof reply === "string" && expected.test(reply);
  if (typeof expected === "string") return reply === expected;
  if (typeof reply === "string" || reply.length !== expected.length) return false;
  return expected.every((element, at) => matches(reply[at] ?? "", element));
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
