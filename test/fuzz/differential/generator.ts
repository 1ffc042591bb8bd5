// Random commands for two servers that must answer alike. What `docs/testing.md` lists as different is left out here.

import { COMMANDS } from "../../../src/testing/commands/table.ts";
import type { Choices } from "../choices.ts";

/** An argument; jobs are named by their number, since each server gives them ids of its own. */
export type Argument = string | Buffer | { readonly job: number } | { readonly node: number };

export interface Command {
  readonly node: number;
  readonly connection: string;
  readonly args: readonly Argument[];
  /** Sent as a line of words instead of as RESP. */
  readonly inline: boolean;
}

/** What the commands so far have led to. */
export interface World {
  readonly nodes: number;
  /** The node that made each job. */
  readonly homes: readonly number[];
  /** Jobs that were acknowledged on some node. */
  readonly acknowledged: ReadonlySet<number>;
}

const CONNECTIONS = ["a", "b", "c", "d"] as const;
const QUEUES = ["mail", "mail", "urgent", "q", "", "q\0x", "é"] as const;
/** Those of the first, the second and the third node in turn. */
const QUEUES_OF_NODES: readonly string[] = ["mail", "urgent", "q", "", "q\0x", "é"];
/** At the edges of what is accepted anywhere. */
const NUMBERS = [
  ...["0", "1", "-1", "", "+1", "007", "-0", "2", "100", "65535", "65536", "4294967295", "4294967296"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e3", "x", " 1", "1 ", "0x10"],
] as const;
/** The id of a job that no node has, but that a node keeps for a while once it is acknowledged, since it is odd. */
const KEPT_ID = "D-dcb833cf-8YL1NT17e9+wsA/09NqxscQI-05a1";
const IDS_NEVER_KEPT = [
  "D-dcb833cf-8YL1NT17e9+wsA/09NqxscQI-05a0",
  "D-dcb833cf-8YL1NT17e9+wsA/09NqxscQI-05a",
  "nonsense",
  "",
] as const;
const IDS = [KEPT_ID, ...IDS_NEVER_KEPT] as const;
const WORDS = [
  ...[
    "FROM",
    "COUNT",
    "TIMEOUT",
    "NOHANG",
    "WITHCOUNTERS",
    "REPLICATE",
    "DELAY",
    "RETRY",
    "TTL",
    "MAXLEN",
    "ASYNC",
  ],
  ...[
    "BUSYLOOP",
    "MINLEN",
    "IMPORTRATE",
    "QUEUE",
    "STATE",
    "REPLY",
    "all",
    "id",
    "queued",
    "active",
    "acked",
  ],
  ...[
    "in",
    "out",
    "none",
    "state",
    "bcast",
    "LIST",
    "GETNAME",
    "SETNAME",
    "SKIPME",
    "yes",
    "no",
    "TYPE",
    "normal",
  ],
  ...[
    "GET",
    "SET",
    "RESETSTAT",
    "NODES",
    "MYID",
    "INFO",
    "LEN",
    "LATEST",
    "DOCTOR",
    "STRUCTSIZE",
    "ERROR",
    "*",
    "?*",
  ],
] as const;
/** A `maxmemory` of 0. A node without memory keeps no job, and gives it to one of the other nodes at random. */
const NO_MEMORY = "-";
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  timeout: ["0", "1000", "-1", "", "x"],
  maxmemory: ["1gb", "2GB", "1073741824b", "1g", "-1", NO_MEMORY, "1tb", "x", "1 gb"],
  "maxmemory-samples": ["5", "0", "1", "4294967297"],
  "maxmemory-policy": ["acks", "noeviction", "ACKS", "lru"],
  "slowlog-max-len": ["128", "0", "-1", "4294967424"],
  "slowlog-log-slower-than": ["9000000", "-1", "x"],
  "latency-monitor-threshold": ["0", "9000000", "9223372036854775807", "-1"],
  hz: ["10", "0", "1000", "-1", "x"],
  loglevel: ["notice", "warning", "NOTICE", "loud"],
  appendfsync: ["everysec", "no", "sometimes"],
  "tcp-keepalive": ["yes", "no", "maybe", ""],
  "client-output-buffer-limit": [
    "normal 0 0 0",
    "",
    "normal 0 0",
    "slave 0 0 0",
    "normal -1 0 0",
    "normal x 0 0",
  ],
  "auto-aof-rewrite-percentage": ["100", "0", "4294967396", "-5"],
  "cluster-node-timeout": ["15000", "-1", "x"],
  port: ["1"],
  bind: ["x"],
  nonsense: ["x", ""],
};
/** Their replies, or what they do, depend on the machine or end the server. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "shutdown",
  "debug",
  "bgrewriteaof",
  "cluster",
  "config",
  "client",
  "monitor",
  // Without BUSYLOOP a server gives what it finds in a part of its hash table.
  "qscan",
  "jscan",
]);
const NAMES = [...COMMANDS.keys()].filter((name) => !LEFT_OUT.has(name));
/** These have rules of their own in a cluster. */
const OF_ONE_NODE: ReadonlySet<string> = new Set([
  "addjob",
  "getjob",
  "enqueue",
  "nack",
  "working",
  "ackjob",
  "auth",
]);

type Make = (choices: Choices, world: World) => Argument[];

const MAKERS: readonly (readonly [weight: number, make: Make])[] = [
  [16, addjob],
  [14, getjob],
  [12, aboutJobs],
  [3, (choices, world) => ["SHOW", job(choices, world)]],
  [3, working],
  [8, queueCommand],
  [4, pause],
  [4, scan],
  [4, config],
  [4, client],
  [3, cluster],
  [4, server],
  [3, anything],
];
const TOTAL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

export function randomCommand(choices: Choices, world: World): Command {
  let left = choices.below(TOTAL);
  const [, make] = MAKERS.find(([weight]) => {
    left -= weight;
    return left < 0;
  }) ?? [0, anything];
  const args = make(choices, world);
  return {
    node: nodeFor(choices, world, args),
    connection: choices.pick(CONNECTIONS),
    args: isReset(args) || !choices.chance(0.02) ? args : args.slice(0, choices.below(args.length) + 1),
    inline: choices.chance(0.05),
  };
}

/**
 * A CLUSTER RESET must not come of it when this command is cut short. It parts the nodes for all sessions that follow,
 * and ends the waits at several queues in the order of a hash table.
 */
function isReset([name, subcommand]: readonly Argument[]): boolean {
  return name === "CLUSTER" && subcommand === "RESET";
}

/**
 * When nodes ask each other for jobs depends on the time, so that each queue is used on one node only, which its name
 * decides, and jobs are put back on the node that made them.
 */
function nodeFor(choices: Choices, { nodes, homes }: World, args: readonly Argument[]): number {
  if (nodes === 1) return 0;
  const [name] = args;
  const queue = name === "GETJOB" ? args.at(-1) : args[1];
  if (typeof queue === "string" && QUEUES_OF_NODES.includes(queue)) {
    return QUEUES_OF_NODES.indexOf(queue) % nodes;
  }
  const job = args.find((arg) => typeof arg === "object" && "job" in arg);
  if (typeof name === "string" && /^(enqueue|nack)$/i.test(name) && typeof job === "object" && "job" in job) {
    return homes[job.job] ?? 0;
  }
  return choices.below(nodes);
}

function addjob(choices: Choices, world: World): Argument[] {
  const args: Argument[] = [
    "ADDJOB",
    choices.pick(QUEUES),
    body(choices),
    choices.pick(["0", "0", "5000", "5000", "-1", "x", ""]),
  ];
  const options: Argument[][] = [
    ["RETRY", seconds(choices, ["0", "60", "300", "4294967"])],
    ["TTL", seconds(choices, ["1000", "86400", "100000"])],
    ["DELAY", seconds(choices, ["0", "100", "900"])],
    // Which nodes get fewer copies than there are nodes is random.
    [
      "REPLICATE",
      world.nodes === 1 ? choices.pick(["1", "1", number(choices)]) : choices.pick(["1", "3", "4", "0"]),
    ],
    ["MAXLEN", choices.pick(["1", "3", "100", number(choices)])],
    [choices.pick(["ASYNC", "nonsense"])],
  ];
  for (const option of options) if (choices.chance(0.25)) args.push(...option);
  return args;
}

function body(choices: Choices): Argument {
  return choices.chance(0.8)
    ? choices.bytes(choices.below(20))
    : Buffer.alloc(choices.pick([1000, 1025, 20_000]), "b");
}

function getjob(choices: Choices, world: World): Argument[] {
  const args: Argument[] = ["GETJOB"];
  if (choices.chance(0.75)) args.push("NOHANG");
  if (choices.chance(0.3)) args.push("WITHCOUNTERS");
  if (choices.chance(0.5)) args.push("COUNT", choices.pick(["1", "2", "10", number(choices)]));
  if (choices.chance(0.1)) args.push("TIMEOUT", choices.pick(["0", "600000", "-1", "x", ""]));
  args.push("FROM");
  const queue = choices.pick(QUEUES);
  for (let count = choices.between(1, 3); count > 0; count--) {
    args.push(world.nodes > 1 || choices.chance(0.5) ? queue : choices.pick(QUEUES));
  }
  return args;
}

function aboutJobs(choices: Choices, world: World): Argument[] {
  const name = choices.pick(["ACKJOB", "FASTACK", "NACK", "ENQUEUE", "DEQUEUE", "DELJOB"]);
  // Of two queues that get jobs by one command, a hash table tells which one serves its clients first.
  const most = name === "NACK" || name === "ENQUEUE" ? 1 : 3;
  return [name, ...Array.from({ length: choices.between(0, most) }, () => job(choices, world))];
}

/** A node that knows only that a job is acknowledged has a retry time for it that was never set. */
function working(choices: Choices, world: World): Argument[] {
  const about = job(choices, world);
  const unset = world.nodes > 1 && mayBeAcknowledged(about, world);
  return ["WORKING", unset ? choices.pick(IDS_NEVER_KEPT) : about];
}

function mayBeAcknowledged(about: Argument, { acknowledged }: World): boolean {
  return about === KEPT_ID || (typeof about === "object" && "job" in about && acknowledged.has(about.job));
}

function queueCommand(choices: Choices): Argument[] {
  const name = choices.pick(["QLEN", "QSTAT", "QPEEK"]);
  return name === "QPEEK"
    ? [name, choices.pick(QUEUES), choices.pick(["1", "-1", "5", "-5", number(choices)])]
    : [name, choices.pick(QUEUES)];
}

function pause(choices: Choices): Argument[] {
  const words = ["in", "out", "all", "none", "none", "state", "bcast", "x"] as const;
  return [
    "PAUSE",
    choices.pick(QUEUES),
    ...Array.from({ length: choices.pick([0, 1, 1, 1, 2]) }, () => choices.pick(words)),
  ];
}

function scan(choices: Choices): Argument[] {
  const options: Argument[][] = choices.chance(0.5)
    ? [
        ["QSCAN"],
        ["MINLEN", number(choices)],
        ["MAXLEN", choices.pick(["10", number(choices)])],
        ["IMPORTRATE", number(choices)],
      ]
    : [
        ["JSCAN"],
        ["QUEUE", choices.pick(QUEUES)],
        ["STATE", choices.pick(["queued", "active", "acked", "wait-repl", "x"])],
        ["REPLY", choices.pick(["all", "id", "x"])],
      ];
  // Without BUSYLOOP a server gives what it finds in a part of its hash table.
  return [
    ...(options.shift() ?? []),
    "BUSYLOOP",
    ...options.flatMap((option) => (choices.chance(0.3) ? option : [])),
  ];
}

function config(choices: Choices, { nodes }: World): Argument[] {
  if (choices.chance(0.3))
    return ["CONFIG", "GET", choices.pick([...Object.keys(PARAMETERS), "m*", "*a?", "[h-k]*", "x"])];
  if (choices.chance(0.1)) return ["CONFIG", choices.pick(["RESETSTAT", "GET", "SET", "x", "RESETSTAT x"])];
  const name = choices.pick(Object.keys(PARAMETERS));
  const values = PARAMETERS[name] ?? [];
  return [
    "CONFIG",
    "SET",
    choices.chance(0.9) ? name : name.toUpperCase(),
    choices.pick(nodes === 1 ? values : values.filter((value) => value !== NO_MEMORY)),
  ];
}

function client(choices: Choices): Argument[] {
  return [
    "CLIENT",
    ...choices.pick<readonly string[]>([
      ["LIST"],
      ["GETNAME"],
      ["SETNAME", choices.pick(["me", "two words", "", "é", "x\n"])],
      ["REPLY", choices.pick(["ON", "SKIP", "SKIP", "x"])],
      ["REPLY", "OFF"],
      ["REPLY", "ON"],
      ["KILL", "1.2.3.4:5"],
      ["KILL", "ID", choices.pick(["999999", "x", "-1"])],
      ["KILL", "TYPE", choices.pick(["slave", "x"])],
      ["KILL", "SKIPME", choices.pick(["yes", "maybe"]), "ADDR", "x"],
      ["PAUSE", choices.pick(["0", "-1", "x", "9223372036854775807"])],
      [choices.pick(WORDS), choices.pick(WORDS)],
    ]),
  ];
}

function cluster(choices: Choices, { nodes }: World): Argument[] {
  return [
    "CLUSTER",
    ...choices.pick<readonly Argument[]>([
      ["NODES"],
      ["MYID"],
      ["INFO"],
      ["LEAVING"],
      ["LEAVING", "x"],
      ["FORGET", choices.pick(["x", "0".repeat(40)])],
      ["FORGET", { node: choices.below(nodes) === 0 ? -1 : -1 }],
      ["MEET", choices.pick(["x", "127.0.0.1"]), choices.pick(["0", "x", "55536", "-1"])],
      ["RESET", "x"],
      ["SAVECONFIG"],
      [choices.pick(WORDS)],
    ]),
  ];
}

function server(choices: Choices): Argument[] {
  return choices
    .pick<readonly Argument[]>([
      ["PING"],
      ["PING", choices.bytes(choices.below(10))],
      ["HELLO"],
      ["TIME"],
      ["INFO"],
      ["INFO", choices.pick(["all", "jobs", "queues", "server", "x", "default"])],
      ["COMMAND"],
      ["COMMAND", "COUNT"],
      ["COMMAND", "INFO", choices.pick(NAMES), "x"],
      ["AUTH", "x"],
      ["AUTH"],
      ["LOADJOB", "x"],
      ["QUIT"],
      ["SLOWLOG", choices.pick(["LEN", "RESET", "GET", "x"])],
      ["LATENCY", choices.pick(["LATEST", "HISTORY", "RESET", "DOCTOR", "GRAPH", "x"])],
      ["DEBUG", "ERROR", choices.pick(["ERR no", "x\r\ny", ""])],
      ["DEBUG", "SLEEP", "0"],
      ["DEBUG", "x"],
    ])
    .slice();
}

function anything(choices: Choices, world: World): Argument[] {
  const names = world.nodes === 1 ? NAMES : NAMES.filter((known) => !OF_ONE_NODE.has(known));
  const name = choices.chance(0.9)
    ? choices.pick(names)
    : choices.text(choices.below(8)).replaceAll("\0", "0");
  // HELLO and such may follow; a GETJOB or ADDJOB that waits is welcome.
  return [name, ...Array.from({ length: choices.below(6) }, () => anyArgument(choices, world))];
}

function anyArgument(choices: Choices, world: World): Argument {
  switch (choices.below(5)) {
    case 0:
      return job(choices, world);
    case 1:
      return number(choices);
    case 2:
      return choices.pick(QUEUES);
    default:
      return choices.pick(WORDS);
  }
}

function job(choices: Choices, { homes: { length: jobs } }: World): Argument {
  if (jobs === 0 || choices.chance(0.1)) return choices.pick(IDS);
  // Mostly a recent one, since older ones are gone.
  return { job: choices.chance(0.8) ? Math.max(0, jobs - 1 - choices.below(6)) : choices.below(jobs) };
}

/** No time that comes while the commands run: the two servers would notice it at different moments. */
function seconds(choices: Choices, valid: readonly string[]): string {
  return choices.pick([
    ...valid,
    ...valid,
    "+600",
    "0600",
    "",
    "0",
    "-0",
    "-1",
    "x",
    "1e3",
    " 600",
    "9223372036854775808",
  ]);
}

function number(choices: Choices): string {
  return choices.pick(NUMBERS);
}
