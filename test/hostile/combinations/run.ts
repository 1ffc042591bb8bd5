// One combination: a client makes a call while its only node answers wrongly; then the node recovers.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque, DisqueError, type DisqueOptions } from "../../../src/index.ts";
import { Parser } from "../../../src/resp/index.ts";
import { ANSWERS, type Answer } from "./answers.ts";
import { CALLS } from "./calls.ts";
import { type Moment, rightAnswer, STAGES, type Stage } from "./stages.ts";

export interface Combination {
  readonly call: string;
  readonly stage: string;
  readonly answer: string;
}

/** All combinations, in a fixed order. */
export const COMBINATIONS: readonly Combination[] = Object.keys(CALLS).flatMap((call) =>
  Object.keys(STAGES).flatMap((stage) => Object.keys(ANSWERS).map((answer) => ({ call, stage, answer }))),
);

const OPTIONS: DisqueOptions = {
  password: "a password of many words",
  name: "combinations",
  failoverTimeout: 500,
  connectTimeout: 250,
  commandTimeout: 250,
};
/** Milliseconds within which each call must settle, even on a busy machine: its own timeouts are far shorter. */
const SETTLED_WITHIN = 20_000;
const REFRESH_INTERVAL = 10;

/** A node that answers wrongly at the given stage, until it is healed. */
class FaultyNode {
  readonly sockets: Set<Socket> = new Set();
  #healthy = false;
  readonly #server: Server;
  #connections = 0;

  private constructor(stage: Stage, answer: Answer) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket, stage, answer));
  }

  static async start(stage: Stage, answer: Answer): Promise<FaultyNode> {
    const node = new FaultyNode(stage, answer);
    node.#server.listen(0, "127.0.0.1");
    await once(node.#server, "listening");
    return node;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections, as a restart does: after a skipped reply, each later reply would go to the wrong command. */
  heal(): void {
    this.#healthy = true;
    for (const socket of this.sockets) socket.destroy();
  }

  stop(): void {
    this.#server.close();
  }

  #serve(socket: Socket, stage: Stage, wrong: Answer): void {
    const connection = ++this.#connections;
    const counts = new Map<string, number>();
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    // Clients are expected to hang up.
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    const give = (answer: Answer): void => {
      if (typeof answer === "function") answer(socket);
      else if (socket.writable) socket.write(answer, "latin1");
    };
    if (stage.greeting && !this.#healthy) give(wrong);
    const parser = new Parser({
      onReply: (reply) => {
        const command = Array.isArray(reply) ? reply.map(String) : [];
        const [verb = ""] = command;
        const count = (counts.get(verb) ?? 0) + 1;
        counts.set(verb, count);
        const moment: Moment = { command, connection, count };
        if (this.#healthy) give(rightAnswer(moment));
        else if (stage.isHurt(moment)) {
          const before = stage.otherwise?.(moment);
          if (before !== undefined) give(before);
          give(wrong);
        } else give(stage.otherwise?.(moment) ?? rightAnswer(moment));
      },
    });
    socket.on("data", (chunk) => parser.write(chunk));
  }
}

/** Resolves with a description of the problem, or with undefined. */
export async function problemOf({ call, stage, answer }: Combination): Promise<string | undefined> {
  const chosen = STAGES[stage];
  const wrong = ANSWERS[answer];
  const make = CALLS[call];
  if (chosen === undefined || wrong === undefined || make === undefined) return "no such combination";
  const node = await FaultyNode.start(chosen, wrong);
  const disque = new Disque(node.address, {
    ...OPTIONS,
    ...(chosen.meanwhile === "pings" && { refreshInterval: REFRESH_INTERVAL }),
  });
  try {
    const outcomes = [make(disque), ...meanwhile(disque, chosen)].map(outcome);
    for (const settled of outcomes) {
      const problem = await within("the call settles", SETTLED_WITHIN, settled);
      if (problem !== undefined) return problem;
    }
    node.heal();
    const recovery = await within("the client recovers", SETTLED_WITHIN, recovered(disque, node.address));
    if (recovery !== undefined) return recovery;
  } finally {
    await within("the client closes", SETTLED_WITHIN, disque.close({ timeout: 200 }));
    node.stop();
  }
  return within("connections close", SETTLED_WITHIN, gone(node));
}

function meanwhile(disque: Disque, { meanwhile: kind }: Stage): Promise<unknown>[] {
  if (kind === "getJob") return [disque.getJob("other", { timeout: 20 })];
  if (kind === "addJob") return [disque.addJob("other", "body", { replicate: 1 })];
  if (kind === "pings") return [disque.ping().then(() => sleep(2 * REFRESH_INTERVAL))];
  return [];
}

/** Describes what is wrong with the outcome of a call. */
async function outcome(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof DisqueError && error.code !== undefined && !error.message.includes("password of"))
      return undefined;
    const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
    return isTimeout ? undefined : `rejected with ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Resolves when the client uses the recovered node. A refused password is not resent for a minute, so use a new client then. */
async function recovered(disque: Disque, address: string): Promise<undefined> {
  for (;;) {
    try {
      await disque.ping();
      return undefined;
    } catch (error) {
      if (error instanceof DisqueError && error.code === "NOAUTH") break;
      if (!(error instanceof DisqueError) || error.code === "CLOSED") throw error;
      await sleep(20);
    }
  }
  const another = new Disque(address, { ...OPTIONS, failoverTimeout: 5_000, connectTimeout: 5_000 });
  await another.ping();
  await another.close();
}

/** Resolves when the client has no connection left. */
async function gone(node: FaultyNode): Promise<undefined> {
  while (node.sockets.size > 0) await sleep(5);
}

async function within(
  what: string,
  milliseconds: number,
  work: Promise<unknown>,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${what}: not within ${milliseconds} ms`), milliseconds);
  });
  try {
    const result = await Promise.race([work, late]);
    return typeof result === "string" ? result : undefined;
  } finally {
    clearTimeout(timer);
  }
}
