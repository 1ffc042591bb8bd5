import { encode, type Wire } from "../../conformance/wire.ts";
import { Choices } from "../choices.ts";
import { type Command, randomCommand } from "./generator.ts";
import { comparable, Names } from "./normalise.ts";
import { type Address, Side } from "./side.ts";

/** Two servers, or two clusters with the same number of nodes. */
export interface Pair {
  readonly real: readonly Address[];
  readonly testing: readonly Address[];
}

export interface Difference {
  readonly command: string;
  readonly real: unknown;
  readonly testing: unknown;
  /** The commands before it. */
  readonly history: readonly string[];
}

/** The number of turns that each node is given after a command, so that all its effects are over. */
const TURNS = { alone: 2, cluster: 8 } as const;
/** Undoes what earlier sessions may have changed. */
const RESET: readonly (readonly string[])[] = [
  ["DEBUG", "FLUSHALL"],
  ["SLOWLOG", "RESET"],
  ["CONFIG", "SET", "timeout", "0"],
  ["CONFIG", "SET", "maxmemory", "1gb"],
  ["CONFIG", "SET", "maxmemory-samples", "5"],
  ["CONFIG", "SET", "maxmemory-policy", "acks"],
  ["CONFIG", "SET", "slowlog-max-len", "128"],
  ["CONFIG", "SET", "slowlog-log-slower-than", "9000000"],
  ["CONFIG", "SET", "latency-monitor-threshold", "0"],
  ["CONFIG", "SET", "hz", "10"],
  ["CONFIG", "SET", "loglevel", "notice"],
  ["CONFIG", "SET", "appendfsync", "everysec"],
  ["CONFIG", "SET", "tcp-keepalive", "no"],
  ["CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0"],
  ["CONFIG", "SET", "auto-aof-rewrite-percentage", "100"],
  ["CONFIG", "SET", "cluster-node-timeout", "15000"],
];

/** Sends the same random commands to both and compares all replies. Returns null if there is no difference. */
export async function runSession(
  pair: Pair,
  seed: number,
  number: number,
  commands: number,
): Promise<Difference | null> {
  const choices = new Choices(seed, number);
  const sides = [new Side(pair.real), new Side(pair.testing)] as const;
  const history: string[] = [];
  try {
    const names = await Promise.all(sides.map((side) => begin(side, pair.real.length)));
    const [real, testing] = names;
    if (real === undefined || testing === undefined) throw new Error("both sides have names");
    const turns = pair.real.length === 1 ? TURNS.alone : TURNS.cluster;
    const acknowledged = new Set<number>();
    for (let count = 0; count < commands; count++) {
      const command = randomCommand(choices, {
        nodes: pair.real.length,
        origins: real.origins,
        acknowledged,
      });
      if (command.args[0] === "ACKJOB") {
        for (const arg of command.args)
          if (typeof arg === "object" && "job" in arg) acknowledged.add(arg.job);
      }
      const results = await Promise.all(
        sides.map(async (side, at) => {
          const own = at === 0 ? real : testing;
          await side.send(command.node, command.connection, bytes(command, own));
          await side.settle(turns);
          return seen(side.take(), own);
        }),
      );
      const [a, b] = results.map((result) => JSON.stringify(result));
      if (a !== b) return { command: show(command), real: results[0], testing: results[1], history };
      history.push(`${show(command)}  => ${a?.slice(0, 160)}`);
    }
    return null;
  } finally {
    for (const side of sides) side.close();
  }
}

async function begin(side: Side, nodes: number): Promise<Names> {
  const ids: string[] = [];
  for (let node = 0; node < nodes; node++) {
    for (const command of RESET) await side.ask(node, command);
    ids.push(String(await side.ask(node, ["CLUSTER", "MYID"])).slice(1));
  }
  await side.settle(TURNS.cluster);
  return new Names(ids);
}

function bytes(command: Command, names: Names): Buffer {
  const args = command.args.map((argument) => names.fill(argument));
  if (!command.inline) return encode(args);
  const words = args.map((arg) => {
    const text = typeof arg === "string" ? arg : arg.toString("latin1");
    return /^[\w+/*-]+$/.test(text) ? text : `"${text.replace(/["\\\n\0]/g, "")}"`;
  });
  return Buffer.from(`${words.join(" ")}\r\n`, "latin1");
}

function seen(taken: Record<string, Wire[]>, names: Names): Record<string, Wire[]> {
  const connections = Object.keys(taken).sort();
  return Object.fromEntries(
    connections.map((key) => [key, (taken[key] ?? []).map((reply) => comparable(names.normalise(reply)))]),
  );
}

function show({ node, connection, args, inline }: Command): string {
  const words = args.map((argument) =>
    Buffer.isBuffer(argument)
      ? JSON.stringify(argument.toString("latin1").slice(0, 12))
      : JSON.stringify(argument),
  );
  return `${connection}@${node}${inline ? " inline" : ""}: ${words.join(" ")}`;
}
