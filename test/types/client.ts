// The class `Disque`: its constructor, its events, and the methods that are not commands.

import type { ConnectionOptions } from "node:tls";
import type {
  Argument,
  Clients,
  CloseOptions,
  ClusterCommands,
  CommandTrace,
  ConfigCommands,
  ConnectTrace,
  CountedJob,
  Diagnostics,
  DisqueError,
  DisqueEvents,
  DisqueOptions,
  HelloNode,
  Job,
  JobCopy,
  JobHandler,
  JobInfo,
  Jobs,
  Methods,
  NodeAddress,
  NodeInfo,
  ParserLimits,
  PlainCallOptions,
  PlainReply,
  Queues,
  Reply,
  ReplyError,
  Server,
  Worker,
} from "disque";
import { Disque } from "disque";
import {
  type CommandOptions,
  type Equal,
  type Expect,
  expectType,
  type Options,
  type TestsOf,
} from "./expect.js";

declare const disque: Disque;
declare const job: Job;
declare const node: NodeInfo;
declare const signal: AbortSignal;
declare const maybe: boolean;
declare const clusterCommands: ClusterCommands;
declare const configCommands: ConfigCommands;

export type ShapesAre = [
  Expect<
    Equal<
      DisqueOptions,
      Options<{
        password: string | (() => string | Promise<string>);
        tls:
          | boolean
          | ConnectionOptions
          | (() => boolean | ConnectionOptions | Promise<boolean | ConnectionOptions>);
        name: string;
        connectTimeout: number;
        commandTimeout: number;
        keepAlive: number;
        failoverTimeout: number;
        shuffle: boolean;
        discover: boolean;
        mapNode: (node: HelloNode) => NodeAddress | null;
        refreshInterval: number;
        addConnections: number;
        maxPending: number;
        traceBodies: boolean;
        replyLimits: ParserLimits;
      }>
    >
  >,
  Expect<
    Equal<
      NodeAddress,
      | string
      | {
          readonly host: string;
          readonly port?: number | undefined;
          readonly password?: string | undefined;
          readonly tls?: boolean | ConnectionOptions | undefined;
        }
    >
  >,
  Expect<
    Equal<
      NodeInfo,
      {
        readonly id: string;
        readonly address: string;
        readonly host: string;
        readonly port: number;
        readonly priority: number;
        readonly good: boolean;
        readonly connected: boolean;
        readonly pending: number;
        readonly jobs: number;
        readonly calls: number;
        readonly connects: number;
        readonly losses: number;
      }
    >
  >,
  Expect<
    Equal<
      CommandTrace,
      {
        readonly command: string;
        readonly queue: string | undefined;
        node?: string | undefined;
        duration?: number;
        error?: unknown;
        args?: readonly unknown[];
        result?: unknown;
      }
    >
  >,
  Expect<Equal<ConnectTrace, { readonly node: string; id?: string; duration?: number; error?: unknown }>>,
  Expect<
    Equal<
      DisqueEvents,
      {
        connect: [node: NodeInfo];
        disconnect: [node: NodeInfo, error: DisqueError];
        switch: [to: NodeInfo, from: NodeInfo];
        topology: [nodes: readonly NodeInfo[]];
        orphan: [job: Job];
      }
    >
  >,
  Expect<Equal<CloseOptions, Options<{ timeout: number }>>>,
  Expect<JobCopy extends JobInfo & { readonly node: string } ? true : false>,
  Expect<Equal<PlainCallOptions, CommandOptions<{ buffers: boolean }>>>,
  Expect<Equal<PlainReply, string | number | bigint | null | ReplyError | PlainReply[]>>,
  Expect<Equal<Argument, string | Uint8Array | number | bigint>>,
  // Each of these five interfaces has its own file of tests.
  Expect<Equal<keyof Methods, keyof Jobs | keyof Queues | keyof Server | keyof Clients | keyof Diagnostics>>,
];

export function constructing(): void {
  expectType(new Disque()).is<Disque>();
  new Disque("127.0.0.1:7711");
  new Disque(["127.0.0.1:7711", { host: "::1", port: 7712, password: "secret", tls: true }]);
  new Disque({ host: "localhost", port: undefined }, { password: undefined, tls: { ca: "…" } });
  new Disque("localhost", { password: () => "secret", tls: async () => ({ ca: "…" }) });
  new Disque(undefined, { mapNode: (node) => (node.priority > 1 ? null : { host: node.host }) });
  const nodes: readonly NodeAddress[] = ["127.0.0.1:7711"];
  const options: DisqueOptions = { name: "mailer" };
  new Disque(nodes, options);
  // @ts-expect-error a port alone
  new Disque(7711);
  // @ts-expect-error a port without a host
  new Disque({ port: 7711 });
  // @ts-expect-error a text for a port
  new Disque({ host: "localhost", port: "7711" });
  // @ts-expect-error a misspelt option of a node
  new Disque({ host: "localhost", pass: "secret" });
  // @ts-expect-error options without nodes
  new Disque({ password: "secret" });
  // @ts-expect-error a misspelt option
  new Disque("localhost", { commandTimeOut: 5 });
  // @ts-expect-error a text for a number
  new Disque("localhost", { maxPending: "5" });
  new Disque("localhost", { replyLimits: { maxDepth: 5, maxElements: undefined } });
  // @ts-expect-error a misspelt limit
  new Disque("localhost", { replyLimits: { maxdepth: 5 } });
  // @ts-expect-error a node that is mapped to no address
  new Disque("localhost", { mapNode: () => 5 });
  // @ts-expect-error without `new`
  Disque("localhost");
}

export function events(): void {
  disque.on("connect", (node) => expectType(node).is<NodeInfo>());
  disque.on("disconnect", (node, error) => {
    expectType(node).is<NodeInfo>();
    expectType(error).is<DisqueError>();
  });
  disque.once("switch", (to, from) => {
    expectType(to).is<NodeInfo>();
    expectType(from).is<NodeInfo>();
  });
  disque.off("topology", (nodes) => expectType(nodes).is<readonly NodeInfo[]>());
  disque.on("orphan", (job) => expectType(job).is<Job>());
  disque.emit("orphan", job);
  // @ts-expect-error a listener for something else
  disque.on("orphan", (node: NodeInfo) => node);
  // @ts-expect-error a listener with more parameters than the event has
  disque.on("connect", (node: NodeInfo, error: DisqueError) => [node, error]);
  // @ts-expect-error not the argument of this event
  disque.emit("orphan", node);
  // @ts-expect-error it is readonly
  disque.on("topology", (nodes) => nodes.push(node));
}

/** Tested elsewhere: the methods of every emitter, and those of the five interfaces. */
type Elsewhere = keyof import("node:events").EventEmitter | keyof Methods;

export const client: TestsOf<Omit<Disque, Elsewhere>> = {
  nodes() {
    expectType(disque.nodes).is<NodeInfo[]>();
    // @ts-expect-error it is readonly
    disque.nodes = [];
  },

  connectedNode() {
    expectType(disque.connectedNode).is<NodeInfo | undefined>();
    // @ts-expect-error it may be undefined
    disque.connectedNode.address;
    // @ts-expect-error it is readonly
    disque.connectedNode = node;
    // @ts-expect-error it is readonly
    node.connected = true;
  },

  cluster() {
    expectType(disque.cluster).is<ClusterCommands>();
    // @ts-expect-error it is readonly
    disque.cluster = clusterCommands;
  },

  config() {
    expectType(disque.config).is<ConfigCommands>();
    // @ts-expect-error it is readonly
    disque.config = configCommands;
  },

  connect() {
    expectType(disque.connect()).is<Promise<void>>();
    disque.connect({ signal });
    // @ts-expect-error a time, which is an option of the client
    disque.connect({ commandTimeout: 5 });
  },

  close() {
    expectType(disque.close()).is<Promise<void>>();
    disque.close({ timeout: 5 });
    disque.close({ timeout: undefined });
    // @ts-expect-error a number instead of options
    disque.close(5);
    // @ts-expect-error a misspelt option
    disque.close({ timeOut: 5 });
  },

  ref: () => expectType(disque.ref()).is<void>(),

  unref: () => expectType(disque.unref()).is<void>(),

  destroy() {
    expectType(disque.destroy()).is<void>();
    // @ts-expect-error an argument
    disque.destroy(new Error());
  },

  async [Symbol.asyncDispose]() {
    await using own = new Disque();
    expectType(own[Symbol.asyncDispose]()).is<Promise<void>>();
    // @ts-expect-error it can only be disposed asynchronously
    using other = new Disque();
    void other;
  },

  call() {
    expectType(disque.call("PING")).is<Promise<PlainReply>>();
    expectType(disque.call("PING", "a", 5, 5n, new Uint8Array())).is<Promise<PlainReply>>();
    expectType(disque.call("PING", "a", { signal, commandTimeout: 5 })).is<Promise<PlainReply>>();
    expectType(disque.call("PING", { buffers: false })).is<Promise<PlainReply>>();
    expectType(disque.call("PING", { buffers: maybe })).is<Promise<PlainReply>>();
    expectType(disque.call("SHOW", "id", { buffers: true })).is<Promise<Reply>>();
    expectType(disque.call("PING", { buffers: true, signal })).is<Promise<Reply>>();
    const words: string[] = ["id"];
    expectType(disque.call("SHOW", ...words)).is<Promise<PlainReply>>();
    // @ts-expect-error no name
    disque.call();
    // @ts-expect-error a misspelt option
    disque.call("PING", { buffer: true });
    // @ts-expect-error a misspelt option next to one that selects the overload
    disque.call("PING", { buffers: true, abort: signal });
    // @ts-expect-error options before arguments
    disque.call("PING", { signal }, "a");
    // @ts-expect-error arguments in an array
    disque.call("SHOW", ["id"]);
    // @ts-expect-error a boolean, which has no standard form on the wire
    disque.call("CLUSTER", "LEAVING", true);
  },

  jobs() {
    expectType(disque.jobs("q")).is<AsyncGenerator<Job, void, undefined>>();
    expectType(disque.jobs(["q", "r"], { count: 5 })).is<AsyncGenerator<Job, void, undefined>>();
    expectType(disque.jobs("q", { withCounters: true })).is<AsyncGenerator<CountedJob, void, undefined>>();
    expectType(disque.jobs("q", { withCounters: maybe })).is<AsyncGenerator<Job, void, undefined>>();
    disque.jobs("q", { signal, onUndelivered: (job) => expectType(job).is<Job>() });
    // @ts-expect-error no queue
    disque.jobs();
    // @ts-expect-error a misspelt option
    disque.jobs("q", { onUndeliverd: () => {} });
    // @ts-expect-error an option of getJob: the loop waits forever
    disque.jobs("q", { timeout: 5 });
  },

  work() {
    const handler: JobHandler = () => {};
    expectType(disque.work("q", handler)).is<Worker>();
    expectType(disque.work(["q"], handler, { concurrency: 5 })).is<Worker>();
    disque.work("q", async (job, context) => {
      expectType(job).is<CountedJob>();
      expectType(context.signal).is<AbortSignal>();
    });
    // @ts-expect-error no handler
    disque.work("q");
    // @ts-expect-error a handler with another parameter
    disque.work("q", (id: string) => id);
    // @ts-expect-error a misspelt option
    disque.work("q", handler, { concurency: 5 });
    // @ts-expect-error an option of jobs
    disque.work("q", handler, { signal });
  },

  queues() {
    expectType(disque.queues()).is<AsyncGenerator<string, void, undefined>>();
    disque.queues({ minlen: 1, node: "id", signal });
    // @ts-expect-error a misspelt option
    disque.queues({ minLen: 1 });
    // @ts-expect-error a cursor, which it manages itself
    disque.queues("0");
  },

  scanJobs() {
    expectType(disque.scanJobs()).is<AsyncGenerator<string, void, undefined>>();
    expectType(disque.scanJobs({ queue: "q" })).is<AsyncGenerator<string, void, undefined>>();
    expectType(disque.scanJobs({ reply: "all" })).is<AsyncGenerator<JobCopy, void, undefined>>();
    // @ts-expect-error a misspelt option
    disque.scanJobs({ states: ["acked"] });
    // @ts-expect-error an unknown state
    disque.scanJobs({ state: ["done"] });
  },
};
