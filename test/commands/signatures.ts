// The arguments and options of every method, with values that it must reject.

import type {
  AddJobOptions,
  CallOptions,
  ClientKillOptions,
  GetJobOptions,
  JscanOptions,
  PauseOptions,
  QscanOptions,
  ShutdownOptions,
} from "../../src/index.ts";

export interface Kind {
  readonly good: unknown;
  readonly bad: readonly unknown[];
}

type Kinds = Readonly<Record<string, Kind>>;
/** One kind for each of the command's own options, so that none is forgotten. */
type Own<Options> = Readonly<Record<Exclude<keyof Options, keyof CallOptions>, Kind>>;

export interface Parameters {
  readonly args: Kinds;
  readonly options?: Kinds;
  /** Options that every call needs. */
  readonly given?: object;
}

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

const text: Kind = { good: "text", bad: [undefined, null, 5, true, {}, ["text"], Buffer.from("text")] };
/** `[texts, options]`; without an array, each argument is a text. */
const texts: Kind = { good: ["text"], bad: [null, 5, true, {}, [5], ["text", null], [["text"]]] };
const flag: Kind = { good: true, bad: [null, 0, 1, "yes", {}] };
const job: Kind = { good: ID, bad: [undefined, null, 5, "", "D-x", { id: "D-x" }, {}, [ID]] };
const cursor: Kind = { good: "0", bad: [undefined, null, 1, 5n, "", "-1", "x"] };

function whole(min: number, max?: number): Kind {
  const beyond = max === undefined ? [2 ** 53] : [max + 1];
  return {
    good: min,
    bad: [null, "1", 1n, true, [], Number.NaN, Number.POSITIVE_INFINITY, 1.5, min - 1, ...beyond],
  };
}

function word(...words: string[]): Kind {
  return { good: words[0], bad: [null, 5, "", "nonsense", words[0]?.toUpperCase(), words] };
}

function optional({ good, bad }: Kind): Kind {
  return { good, bad: bad.filter((value) => value !== undefined) };
}

export const CALL_OPTIONS: Readonly<Record<keyof CallOptions, Kind>> = {
  signal: { good: new AbortController().signal, bad: [null, "abort", {}, new AbortController()] },
  commandTimeout: { good: 5, bad: [null, 0, -1, Number.NaN, "5"] },
  node: optional(text),
};

/** The server's 0 means forever, which is written as Infinity. */
const serverTimeout: Kind = { good: 1, bad: [null, "1", 1n, true, [], Number.NaN, 0, -1, 1.5, 2 ** 53] };

const addJob: Own<AddJobOptions> = {
  timeout: serverTimeout,
  replicate: whole(1, 65_535),
  delay: whole(0, 2 ** 31 - 1),
  retry: whole(0, 4_294_967),
  ttl: whole(1, 2 ** 31 - 1),
  maxlen: whole(1),
  async: flag,
  resend: flag,
};

const getJob: Own<GetJobOptions> = {
  count: whole(1),
  timeout: serverTimeout,
  nohang: flag,
  withCounters: flag,
};

const jscan: Own<JscanOptions> = {
  count: whole(1),
  busyloop: flag,
  queue: optional(text),
  state: { good: ["acked"], bad: [null, "acked", ["acked", "lost"], [5], {}] },
  reply: word("id", "all"),
};

const qscan: Own<QscanOptions> = {
  count: whole(1),
  busyloop: flag,
  minlen: whole(0),
  maxlen: whole(0),
  importrate: whole(0),
};

const clientKill: Own<ClientKillOptions> = {
  id: whole(1),
  addr: optional(text),
  type: word("normal"),
  skipme: flag,
};

const pause: Own<PauseOptions> = { bcast: flag };
const shutdown: Own<ShutdownOptions> = { rewriteAof: flag };

const bare: Parameters = { args: {} };
/** `[jobs, options]`; without an array, each argument is a job. */
const onJobs: Parameters = {
  args: {
    job: { good: [ID], bad: [...job.bad.filter((value) => !Array.isArray(value)), [5], [ID, "D-x"], [[ID]]] },
  },
};

export const signatures: Readonly<Record<string, Parameters>> = {
  addJob: {
    args: { queue: text, body: { good: "", bad: [undefined, null, 5, {}, ["a"], Uint16Array.of(1)] } },
    options: addJob,
  },
  getJob: {
    args: { queues: { good: "q", bad: [undefined, null, 5, {}, [], [5], ["q", null], new Set("q")] } },
    options: getJob,
  },
  ackJob: onJobs,
  fastAck: onJobs,
  nackJob: onJobs,
  delJob: onJobs,
  enqueue: onJobs,
  dequeue: onJobs,
  working: { args: { job } },
  show: { args: { job } },
  jscan: { args: { cursor }, options: jscan },
  qlen: { args: { queue: text } },
  qstat: { args: { queue: text } },
  qpeek: { args: { queue: text, count: { good: 1, bad: [undefined, null, "1", 1.5, Number.NaN, 2 ** 53] } } },
  qscan: { args: { cursor }, options: qscan },
  pause: { args: { queue: text, state: word("none", "in", "out", "all", "state") }, options: pause },
  hello: bare,
  info: { args: { section: word("server") } },
  ping: { args: { message: optional(text) } },
  time: bare,
  command: bare,
  commandCount: bare,
  commandInfo: { args: { name: texts } },
  bgrewriteaof: bare,
  shutdown: { args: {}, options: shutdown },
  clientList: bare,
  clientKill: { args: {}, options: clientKill, given: { id: 1 } },
  clientGetName: bare,
  clientSetName: { args: { name: text } },
  clientPause: { args: { milliseconds: whole(0) } },
  slowlogGet: { args: { count: whole(0) } },
  slowlogLen: bare,
  slowlogReset: bare,
  latencyHistory: { args: { event: text } },
  latencyGraph: { args: { event: text } },
  latencyLatest: bare,
  latencyDoctor: bare,
  latencyReset: { args: { event: texts } },
  "cluster.meet": { args: { host: text, port: whole(1, 65_535) } },
  "cluster.nodes": bare,
  "cluster.myId": bare,
  "cluster.info": bare,
  "cluster.saveConfig": bare,
  "cluster.forget": { args: { id: text } },
  "cluster.reset": { args: { how: word("soft", "hard") } },
  "cluster.leaving": { args: { yes: flag } },
  "config.get": { args: { pattern: text } },
  "config.set": {
    args: { name: text, value: { good: 1, bad: [undefined, null, true, 1.5, Number.NaN, {}, 1n] } },
  },
  "config.resetStat": bare,
  "config.rewrite": bare,
};
