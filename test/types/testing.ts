// `disque/testing`.

import type { TlsOptions } from "node:tls";
import {
  type Faults,
  TestCluster,
  type TestClusterOptions,
  TestServer,
  type TestServerOptions,
} from "disque/testing";
import { type Equal, type Expect, expectType, type Options, type TestsOf } from "./expect.js";

declare const server: TestServer;
declare const cluster: TestCluster;
declare const faults: Faults;

export type ShapesAre = [
  Expect<
    Equal<
      TestServerOptions,
      Options<{
        port: number;
        host: string;
        path: string;
        password: string;
        tls: TlsOptions;
        id: string;
        nodeTimeout: number;
        log: (line: string) => void;
      }>
    >
  >,
  Expect<
    Equal<
      TestClusterOptions,
      Options<{
        host: string;
        port: number;
        password: string;
        tls: TlsOptions;
        ids: readonly string[];
        nodeTimeout: number;
        latency: number;
        log: (line: string) => void;
      }>
    >
  >,
];

export function starting(): void {
  expectType(TestServer.start()).is<Promise<TestServer>>();
  expectType(TestCluster.start(3)).is<Promise<TestCluster>>();
  TestServer.start({ port: undefined, password: "secret" });
  TestCluster.start(3, { latency: 5, nodeTimeout: undefined });
  // @ts-expect-error a misspelt option
  TestServer.start({ pass: "secret" });
  // @ts-expect-error a text for a port
  TestServer.start({ port: "7711" });
  // @ts-expect-error no number of nodes
  TestCluster.start();
  // @ts-expect-error no number of nodes
  TestCluster.start({ password: "secret" });
  // @ts-expect-error an option of a single server
  TestCluster.start(3, { path: "/run/disque" });
  // @ts-expect-error it has no public constructor
  new TestServer();
  // @ts-expect-error it has no public constructor
  new TestCluster();
}

export const servers: TestsOf<TestServer> = {
  faults: () => expectType(server.faults).is<Faults>(),

  id: () => expectType(server.id).is<string>(),

  address() {
    expectType(server.address).is<string>();
    // @ts-expect-error it is readonly
    server.address = "127.0.0.1:7711";
  },

  host: () => expectType(server.host).is<string>(),

  port: () => expectType(server.port).is<number>(),

  password() {
    expectType(server.password).is<string>();
    server.password = "other";
    // @ts-expect-error undefined for no password
    server.password = undefined;
  },

  clients: () => expectType(server.clients).is<number>(),

  now: () => expectType(server.now()).is<number>(),

  advance() {
    expectType(server.advance(5)).is<void>();
    // @ts-expect-error no time
    server.advance();
  },

  received() {
    expectType(server.received("addjob")).is<number>();
    expectType(server.received("addjob", 5)).is<Promise<void>>();
    // @ts-expect-error no command
    server.received();
  },

  idle: () => expectType(server.idle()).is<Promise<void>>(),

  stop: () => expectType(server.stop()).is<Promise<void>>(),

  async [Symbol.asyncDispose]() {
    await using own = await TestServer.start();
    expectType(own[Symbol.asyncDispose]()).is<Promise<void>>();
  },
};

export const clusters: TestsOf<TestCluster> = {
  nodes() {
    expectType(cluster.nodes).is<readonly TestServer[]>();
    // @ts-expect-error it is readonly
    cluster.nodes.push(server);
  },

  addresses: () => expectType(cluster.addresses).is<string[]>(),

  node() {
    expectType(cluster.node(0)).is<TestServer>();
    // @ts-expect-error an id: nodes are found by number
    cluster.node("id");
  },

  now: () => expectType(cluster.now()).is<number>(),

  advance: () => expectType(cluster.advance(5)).is<void>(),

  add: () => expectType(cluster.add()).is<Promise<TestServer>>(),

  partition() {
    expectType(cluster.partition([[0, 1], [2]])).is<void>();
    // @ts-expect-error one group that is not in an array
    cluster.partition([0, 1]);
  },

  heal: () => expectType(cluster.heal()).is<void>(),

  idle: () => expectType(cluster.idle()).is<Promise<void>>(),

  stop: () => expectType(cluster.stop()).is<Promise<void>>(),

  async [Symbol.asyncDispose]() {
    await using own = await TestCluster.start(3);
    expectType(own[Symbol.asyncDispose]()).is<Promise<void>>();
  },
};

export const everyFault: TestsOf<Faults> = {
  frozen: () => expectType(faults.frozen).is<boolean>(),

  refusing: () => expectType(faults.refusing).is<boolean>(),

  swallowing: () => expectType(faults.swallowing).is<boolean>(),

  silent: () => expectType(faults.silent).is<boolean>(),

  isFull: () => expectType(faults.isFull).is<boolean>(),

  sliceSize: () => expectType(faults.sliceSize).is<number | null>(),

  freeze: () => expectType(faults.freeze()).is<void>(),

  thaw: () => expectType(faults.thaw()).is<void>(),

  swallow() {
    expectType(faults.swallow(true)).is<void>();
    // @ts-expect-error true or false is missing
    faults.swallow();
  },

  full() {
    expectType(faults.full(true)).is<void>();
    // @ts-expect-error true or false is missing
    faults.full();
  },

  closePort: () => expectType(faults.closePort()).is<void>(),

  openPort: () => expectType(faults.openPort()).is<Promise<void>>(),

  slice() {
    expectType(faults.slice(1)).is<void>();
    faults.slice(null);
    // @ts-expect-error no value: null must be written
    faults.slice();
  },

  dropAfter: () => expectType(faults.dropAfter(5)).is<void>(),

  refuse() {
    expectType(faults.refuse(true)).is<void>();
    // @ts-expect-error true or false is missing
    faults.refuse();
  },

  answer() {
    expectType(faults.answer("addjob", "OOM command not allowed", 1)).is<void>();
    faults.answer("addjob", null);
    // @ts-expect-error no value: null must be written
    faults.answer("addjob");
  },

  drop: () => expectType(faults.drop()).is<void>(),

  kill: () => expectType(faults.kill()).is<Promise<void>>(),

  restart: () => expectType(faults.restart()).is<Promise<void>>(),
};
