// The commands on queues: their signatures, and their rows of the table.

import type { Argument, Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import type { CallOptions, Table } from "./command.ts";
import { asArray, asNumber, asText, asTexts, nullOr } from "./decode.ts";
import type { Job } from "./job.ts";
import { first, second, third } from "./position.ts";
import { jobs, type PauseState, pauseState, type QueueStat, queueStat } from "./replies.ts";

/** The options of `pause`. */
export interface PauseOptions extends CallOptions {
  /** Set it on all nodes that can be reached, not on one only. Default false. */
  readonly bcast?: boolean | undefined;
}

/** The options of `qscan` and `queues`. */
export interface QscanOptions extends CallOptions {
  /** About how many to look at for a page. Default 100. */
  readonly count?: number | undefined;
  /** Scan everything in one reply, for which the server stands still. Default false. */
  readonly busyloop?: boolean | undefined;
  /** Only queues with at least that many jobs. */
  readonly minlen?: number | undefined;
  /** Only queues with at most that many jobs. */
  readonly maxlen?: number | undefined;
  /** Only queues that get at least that many jobs a second from other nodes. */
  readonly importrate?: number | undefined;
  /** Id of the node to ask: for all pages but the first, the `node` of the page before. Default: the connected one. */
  readonly node?: string | undefined;
}

/** A page of the names of queues. */
export interface QueuePage {
  /** For the next call; `"0"` when all was seen. */
  readonly cursor: string;
  /** Id of the node that gave it, which alone knows the cursor. */
  readonly node: string;
  /** Those that were looked at and match: none on many a page. */
  readonly queues: readonly string[];
}

/** The commands on queues. They speak of the connected node alone: another one may have more of the same queue. */
export interface Queues {
  /** QLEN: how many jobs of the queue the node has queued. */
  qlen(queue: string, options?: CallOptions): Promise<number>;

  /** QSTAT: all that the node knows of the queue; `null` if it does not know it. */
  qstat(queue: string, options?: CallOptions): Promise<QueueStat | null>;

  /**
   * QPEEK: up to `count` jobs of the queue, left where they are: the oldest first, or for a negative `count` the newest
   * first.
   *
   * @example
   * const [newest] = await disque.qpeek("mail", -1);
   */
  qpeek(queue: string, count: number, options?: CallOptions): Promise<Job[]>;

  /**
   * QSCAN: one page of the queues that the node has. Begin with the cursor `"0"` and go on with the one of the page
   * before until it is `"0"` again. A cursor means nothing to another node. A queue may be given twice.
   *
   * @example
   * const { cursor, queues } = await disque.qscan("0", { minlen: 1 });
   */
  qscan(cursor: string, options?: QscanOptions): Promise<QueuePage>;

  /**
   * PAUSE: stops a queue from taking jobs (`in`), from handing them out (`out`), both (`all`) or neither (`none`);
   * `state` changes nothing. Resolves with the state that it has then.
   *
   * @example
   * await disque.pause("mail", "out", { bcast: true });
   */
  pause(queue: string, state: PauseState | "state", options?: PauseOptions): Promise<PauseState>;
}

export const queuesTable: Table<Queues> = {
  qlen: {
    wire: ["QLEN"],
    encode: (queue) => [check.text("queue", queue)],
    decode: (reply) => asNumber("QLEN", reply),
    options: second,
    traits: { resend: "any-node", queue: first },
  },

  qstat: {
    wire: ["QSTAT"],
    encode: (queue) => [check.text("queue", queue)],
    decode: (reply) => nullOr(reply, queueStat),
    options: second,
    traits: { resend: "any-node", queue: first },
  },

  qpeek: {
    wire: ["QPEEK"],
    encode: (queue, count) => [
      check.text("queue", queue),
      check.integer("count", count, -Number.MAX_SAFE_INTEGER),
    ],
    decode: (reply: Reply, { node }) => jobs(reply, node),
    options: third,
    traits: { resend: "any-node", queue: first },
  },

  qscan: {
    wire: ["QSCAN"],
    encode(cursor, options = {}) {
      const { count, busyloop = false, minlen, maxlen, importrate, node } = options;
      if (node !== undefined) check.text("node", node);
      const args: Argument[] = [check.cursor("cursor", cursor)];
      if (count !== undefined) args.push("COUNT", check.integer("count", count, 1));
      if (check.flag("busyloop", busyloop)) args.push("BUSYLOOP");
      if (minlen !== undefined) args.push("MINLEN", check.integer("minlen", minlen, 0));
      if (maxlen !== undefined) args.push("MAXLEN", check.integer("maxlen", maxlen, 0));
      if (importrate !== undefined) args.push("IMPORTRATE", check.integer("importrate", importrate, 0));
      return args;
    },
    decode(reply, { node }) {
      const [cursor, queues] = asArray("QSCAN", reply);
      return { cursor: asText("cursor of QSCAN", cursor), node, queues: asTexts("queues of QSCAN", queues) };
    },
    options: second,
    // A cursor is worthless on another node, and a node that came back has other ones.
    traits: { resend: "never", node: (_cursor, options) => options?.node },
    onModule: "missing",
  },

  pause: {
    wire: ["PAUSE"],
    encode(queue, state, { bcast = false } = {}) {
      const args = [
        check.text("queue", queue),
        check.oneOf("state", state, ["none", "in", "out", "all", "state"]),
      ];
      if (check.flag("bcast", bcast)) args.push("BCAST");
      return args;
    },
    decode: (reply) => pauseState(reply),
    options: third,
    traits: {
      queue: first,
      resend: (_queue, _state, options) => (options?.bcast ? "any-node" : "same-node"),
    },
  },
};
