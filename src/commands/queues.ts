// The commands on queues: their signatures, their rows of the command table, and the decoders of their replies.

import type { Argument, Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import {
  asArray,
  asCursor,
  asFields,
  asNumber,
  asText,
  asTexts,
  type Fields,
  MAX_NAME,
  nullOr,
  oneOf,
  otherFields,
} from "./decode.ts";
import { CALL_OPTIONS, type CallOptions, type OptionNames, type Table } from "./definition.ts";
import { decodeFetchedJobs, type Job } from "./job.ts";

/** What is paused: taking jobs (`in`), handing them out (`out`), both (`all`) or nothing (`none`). */
export type PauseState = "none" | "in" | "out" | "all";

/** What a node knows about a queue: the reply to QSTAT. */
export interface QueueStat {
  /** The name of the queue. */
  readonly name: string;
  /** How many jobs are queued. */
  readonly len: number;
  /** How long the node has had the queue, in seconds. */
  readonly age: number;
  /** Seconds since the queue was last used. */
  readonly idle: number;
  /** How many clients wait for jobs of the queue. */
  readonly blocked: number;
  /** Ids of the nodes that have recently sent jobs of the queue to this node. */
  readonly importFrom: readonly string[];
  /** How many jobs of the queue other nodes send to this node per second. */
  readonly importRate: number;
  /** Total number of jobs that were queued on this node. */
  readonly jobsIn: number;
  /** Total number of jobs that this node handed out, to clients and to other nodes. */
  readonly jobsOut: number;
  /** What is paused on this node. */
  readonly pause: PauseState;
  /** Fields that this version of the client does not know. */
  readonly others: Fields;
}

/** The options of `pause`. */
export interface PauseOptions extends CallOptions {
  /** Change the pause state on all nodes instead of only one. Default false. */
  readonly bcast?: boolean | undefined;
}

/** The options of `qscan` and `queues`. */
export interface QscanOptions extends CallOptions {
  /** Approximate number of queues per page. Default 100. */
  readonly count?: number | undefined;
  /** Return everything in one reply. The server runs no other command until the scan has finished. Default false. */
  readonly busyloop?: boolean | undefined;
  /** Return only queues with at least this many jobs. */
  readonly minlen?: number | undefined;
  /** Return only queues with at most this many jobs. */
  readonly maxlen?: number | undefined;
  /** Return only queues that import at least this many jobs per second from other nodes. */
  readonly importrate?: number | undefined;
}

/** A page of the names of queues. */
export interface QueuePage {
  /** The cursor for the next call; `"0"` after the last page. */
  readonly cursor: string;
  /** Id of the node that answered. The cursor is valid there only. */
  readonly node: string;
  /** The names of the matching queues among those examined. A page may be empty. */
  readonly queues: readonly string[];
}

/** The commands on queues. Each command sees only one node: other nodes may have more jobs of the same queue. */
export interface Queues {
  /** QLEN: the number of jobs that the node has in the queue. */
  qlen(queue: string, options?: CallOptions): Promise<number>;

  /** QSTAT: everything that the node knows about the queue; `null` if it does not know the queue. */
  qstat(queue: string, options?: CallOptions): Promise<QueueStat | null>;

  /**
   * QPEEK: up to `count` jobs of the queue, without removing them: the oldest first, or the newest first if `count` is
   * negative.
   *
   * @example
   * const [newest] = await disque.qpeek("mail", -1);
   */
  qpeek(queue: string, count: number, options?: CallOptions): Promise<Job[]>;

  /**
   * QSCAN: one page of a node's queues. Start with the cursor 0 and continue with the `cursor` and `node` of the previous page
   * until the cursor is `"0"` again. A queue may be listed twice.
   *
   * @example
   * const { cursor, node, queues } = await disque.qscan(0, { minlen: 1 });
   */
  qscan(cursor: string | number, options?: QscanOptions): Promise<QueuePage>;

  /**
   * PAUSE: stops a queue from taking jobs (`in`), from handing them out (`out`), both (`all`) or neither (`none`); `state` only
   * returns the current state. Resolves with the resulting state.
   *
   * @example
   * await disque.pause("mail", "out", { bcast: true });
   */
  pause(queue: string, state: PauseState | "state", options?: PauseOptions): Promise<PauseState>;
}

const PAUSE_STATES: readonly PauseState[] = ["none", "in", "out", "all"];
const PAUSE_OPTIONS: OptionNames<PauseOptions> = { ...CALL_OPTIONS, bcast: true };
export const QSCAN_OPTIONS: OptionNames<QscanOptions> = {
  ...CALL_OPTIONS,
  count: true,
  busyloop: true,
  minlen: true,
  maxlen: true,
  importrate: true,
};
const QUEUE_FIELDS: readonly string[] = [
  "name",
  "len",
  "age",
  "idle",
  "blocked",
  "import-from",
  "import-rate",
  "jobs-in",
  "jobs-out",
  "pause",
];

export const queuesTable: Table<Queues> = {
  qlen: {
    name: "QLEN",
    encode: (queue) => ["QLEN", check.text("queue", queue)],
    decode: (reply) => asNumber("QLEN", reply),
    options: (_queue, options) => options,
    resend: "any-node",
    queue: (queue) => queue,
  },

  qstat: {
    name: "QSTAT",
    encode: (queue) => ["QSTAT", check.text("queue", queue)],
    decode: (reply) => nullOr(reply, decodeQueueStat),
    options: (_queue, options) => options,
    resend: "any-node",
    queue: (queue) => queue,
  },

  qpeek: {
    name: "QPEEK",
    encode: (queue, count) => [
      "QPEEK",
      check.text("queue", queue),
      check.integer("count", count, -Number.MAX_SAFE_INTEGER),
    ],
    decode: (reply, { args: [, count], node }) => decodeFetchedJobs(reply, node, Math.abs(count), "QPEEK"),
    options: (_queue, _count, options) => options,
    resend: "any-node",
    queue: (queue) => queue,
  },

  qscan: {
    name: "QSCAN",
    encode(cursor, options = {}) {
      const { count, busyloop = false, minlen, maxlen, importrate } = options;
      const command: Argument[] = ["QSCAN", check.cursor("cursor", cursor)];
      if (count !== undefined) command.push("COUNT", check.integer("count", count, 1));
      if (check.flag("busyloop", busyloop)) command.push("BUSYLOOP");
      if (minlen !== undefined) command.push("MINLEN", check.integer("minlen", minlen, 0));
      if (maxlen !== undefined) command.push("MAXLEN", check.integer("maxlen", maxlen, 0));
      if (importrate !== undefined) command.push("IMPORTRATE", check.integer("importrate", importrate, 0));
      return command;
    },
    decode(reply, { node }) {
      const [cursor, queues] = asArray("QSCAN", reply);
      return {
        cursor: asCursor("cursor of QSCAN", cursor),
        node,
        queues: asTexts("queues of QSCAN", queues),
      };
    },
    options: (_cursor, options) => options,
    optionNames: QSCAN_OPTIONS,
    resend: "never",
    scans: { cursor: (cursor) => String(cursor), next: (page) => page.cursor },
    onModule: "missing",
  },

  pause: {
    name: "PAUSE",
    encode(queue, state, { bcast = false } = {}) {
      const command = [
        "PAUSE",
        check.text("queue", queue),
        check.oneOf("state", state, ["none", "in", "out", "all", "state"]),
      ];
      if (check.flag("bcast", bcast)) command.push("BCAST");
      return command;
    },
    decode: (reply) => decodePauseState(reply),
    options: (_queue, _state, options) => options,
    optionNames: PAUSE_OPTIONS,
    resend: (_queue, _state, options) => (options?.bcast ? "any-node" : "same-node"),
    queue: (queue) => queue,
  },
};

function decodeQueueStat(reply: Reply): QueueStat {
  const fields = asFields("queue", reply);
  const number = (name: string): number => asNumber(name, fields[name]);
  return {
    name: asText("name", fields.name),
    len: number("len"),
    age: number("age"),
    idle: number("idle"),
    blocked: number("blocked"),
    importFrom: asTexts("import-from", fields["import-from"], MAX_NAME),
    importRate: number("import-rate"),
    jobsIn: number("jobs-in"),
    jobsOut: number("jobs-out"),
    pause: decodePauseState(fields.pause),
    others: otherFields(fields, QUEUE_FIELDS),
  };
}

function decodePauseState(reply: Reply | undefined): PauseState {
  return oneOf("pause", reply, PAUSE_STATES);
}
