// Nodes that fail.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { DisqueOptions } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { array, bulk, HELLO, NOBODY, NODE_ID } from "../client/scripted.ts";
import { certificate, privateKey } from "../support/certificate.ts";
import { RealCluster } from "../support/real-cluster.ts";

export interface Stage extends AsyncDisposable {
  readonly addresses: readonly string[];
  readonly options?: DisqueOptions;
  /** Triggers the fault, unless it is there from the beginning. */
  strike?(): unknown;
}

export type Stages = Readonly<Record<string, () => Promise<Stage>>>;

/** A cluster of three with this fault. */
function cluster(
  strike: (nodes: readonly TestServer[]) => unknown,
  options?: DisqueOptions,
): () => Promise<Stage> {
  return async () => {
    const started = await TestCluster.start(3);
    return {
      addresses: started.addresses,
      ...(options && { options }),
      strike: () => strike(started.nodes),
      [Symbol.asyncDispose]: () => started.stop(),
    };
  };
}

/** One server with this fault. */
function server(
  strike: (server: TestServer) => unknown,
  start: Parameters<typeof TestServer.start>[0] = {},
  options?: DisqueOptions,
): () => Promise<Stage> {
  return async () => {
    const started = await TestServer.start(start);
    return {
      addresses: [started.address],
      ...(options && { options }),
      strike: () => strike(started),
      [Symbol.asyncDispose]: () => started.stop(),
    };
  };
}

/** A server that behaves as `play` says. It is called with 0 for each connection, and with the number of chunks for each chunk. */
function played(
  play: (socket: Socket, chunks: number) => void,
  options?: DisqueOptions,
): () => Promise<Stage> {
  return async () => {
    const sockets = new Set<Socket>();
    const listening = createServer({ allowHalfOpen: true }, (socket) => {
      let chunks = 0;
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      socket.on("end", () => socket.end());
      socket.on("data", () => play(socket, ++chunks));
      play(socket, chunks);
    });
    listening.listen(0, "127.0.0.1");
    await once(listening, "listening");
    return {
      addresses: [`127.0.0.1:${(listening.address() as AddressInfo).port}`],
      ...(options && { options }),
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        listening.close();
        await once(listening, "close");
      },
    };
  };
}

export const healthy: () => Promise<Stage> = cluster(() => {});

export const losses: Stages = {
  "nodes that are killed": cluster((nodes) => Promise.all(nodes.map(({ faults }) => faults.kill()))),
  "a node that is killed": cluster(([node]) => node?.faults.kill()),
  "a node that is killed and comes back": server(async ({ faults }) => {
    await faults.kill();
    await faults.restart();
  }),
  "a node that freezes": cluster(([node]) => node?.faults.freeze()),
  "nodes that freeze": cluster((nodes) => nodes.map(({ faults }) => faults.freeze())),
  "a node that thaws again": server(({ faults }) => {
    faults.freeze();
    setTimeout(() => faults.thaw(), 30);
  }),
  "connections that are reset": cluster((nodes) => nodes.map(({ faults }) => faults.drop())),
  "connections that are reset within a reply": server(({ faults }) => faults.dropAfter(3)),
  "connections that are reset later within a reply": server(({ faults }) => faults.dropAfter(100)),
  "replies in pieces": server(({ faults }) => faults.slice(1)),
  "connections that are refused": server(({ faults }) => {
    faults.refuse(true);
    faults.drop();
  }),
  "a node that leaves": cluster(async ([node]) => node?.faults.answer("getjob", "LEAVING this node", 5)),
  "a HELLO that is an error": server(
    ({ faults }) => faults.answer("hello", "ERR no"),
    {},
    { refreshInterval: 5 },
  ),
  "a HELLO that is late": server(({ faults }) => faults.freeze(), {}, { refreshInterval: 5 }),
  "jobs that are not put back": server(({ faults }) => faults.answer("enqueue", "OOM no")),
  "WORKING answered with TOOLATE": server(({ faults }) => faults.answer("working", "TOOLATE no")),
  "WORKING answered with an error": server(({ faults }) => faults.answer("working", "ERR no")),
  "jobs that are not settled": server(({ faults }) => {
    for (const name of ["ackjob", "fastack", "nack"]) faults.answer(name, "ERR no");
  }),
  "a node that has no memory left": cluster(([node]) => node?.faults.answer("addjob", "OOM no")),
  "a node that is loading": server(({ faults }) => {
    for (const name of ["ping", "getjob", "hello"]) faults.answer(name, "LOADING", 3);
  }),
  "a wrong password": server(() => {}, { password: "right" }, { password: "wrong" }),
  "a password that is missing": server(() => {}, { password: "right" }),
  "a certificate that is not trusted": server(() => {}, { tls: { key: privateKey, cert: certificate } }),
  "plain text where TLS is expected": server(() => {}, {}, { tls: true }),
  "too many calls": server(() => {}, {}, { maxPending: 3 }),
  "mapNode that throws": cluster(() => {}, {
    mapNode() {
      throw new Error("the caller's own");
    },
  }),
  "announced nodes that do not exist": cluster(() => {}, { mapNode: () => NOBODY }),
  async "no node"() {
    return { addresses: [NOBODY], async [Symbol.asyncDispose]() {} };
  },
};

const THOUSAND_NODES = array(
  ":1\r\n",
  bulk(NODE_ID),
  ...Array.from({ length: 1_000 }, (_, n) =>
    array(bulk(String(n).padStart(40, "0")), bulk("127.0.0.1"), bulk("1"), bulk(String(n % 10))),
  ),
);

/** The node announces a poor priority of its own, and a better node where nothing listens. */
const BETTER = array(
  ":1\r\n",
  bulk(NODE_ID),
  array(bulk(NODE_ID), bulk(""), bulk("7711"), bulk("10")),
  array(bulk("1".repeat(40)), bulk("127.0.0.1"), bulk("1"), bulk("1")),
);

/** Data sent in place of the replies to a handshake, or after it. */
const REPLIES: Readonly<Record<string, string>> = {
  nothing: "",
  "the reply to AUTH": "+OK\r\n",
  "half a HELLO": `+OK\r\n${HELLO.slice(0, 30)}`,
  "a HELLO": `+OK\r\n${HELLO}`,
  "all of it": `+OK\r\n${HELLO}+OK\r\n`,
  "more replies than commands": `+OK\r\n${HELLO}+OK\r\n+OK\r\n:1\r\n`,
  "an error": "-ERR no\r\n-ERR no\r\n-ERR no\r\n",
  LOADING: "-LOADING\r\n-LOADING\r\n-LOADING\r\n",
  null: "+OK\r\n*-1\r\n+OK\r\n",
  "a HELLO of numbers": "+OK\r\n*3\r\n:1\r\n:2\r\n:3\r\n+OK\r\n",
  "a HELLO with a thousand nodes": `+OK\r\n${THOUSAND_NODES}+OK\r\n`,
  "a HELLO with a better node that does not exist": `+OK\r\n${BETTER}+OK\r\n`,
  rubbish: "HTTP/1.1 400 Bad Request\r\n\r\n",
  "a bad length": "$-5\r\n",
  "a huge announced length": "$99999999999\r\n",
  "a great array": "*1000000000\r\n",
  "a deep array": "*1\r\n".repeat(10_000),
  "a line that never ends": `+${"x".repeat(200_000)}`,
};

/** What the server does after the reply. */
const ENDS: Readonly<Record<string, (socket: Socket) => unknown>> = {
  "and is silent": () => {},
  "and closes": (socket) => socket.end(),
  "and resets": (socket) => socket.resetAndDestroy(),
};

const HANDSHAKE: DisqueOptions = { password: "secret", name: "client" };

function* scripts(): Generator<[string, () => Promise<Stage>]> {
  for (const [end, then] of Object.entries(ENDS)) {
    yield [
      `a server that accepts ${end}`,
      played((socket, chunks) => chunks === 0 && then(socket), HANDSHAKE),
    ];
    for (const [what, reply] of Object.entries(REPLIES)) {
      yield [
        `a server that answers a handshake with ${what} ${end}`,
        played((socket, chunks) => {
          if (chunks !== 1) return;
          socket.write(reply);
          then(socket);
        }, HANDSHAKE),
      ];
      yield [
        `a server that answers calls with ${what} ${end}`,
        played((socket, chunks) => {
          if (chunks === 0) return;
          socket.write(chunks === 1 ? (REPLIES["all of it"] ?? "") : reply);
          if (chunks > 1) then(socket);
        }, HANDSHAKE),
      ];
    }
  }
}

export const answers: Stages = Object.fromEntries(scripts());

/** A real cluster with this fault. */
function real(strike: (cluster: RealCluster) => unknown): () => Promise<Stage> {
  return async () => {
    const started = await RealCluster.start(3);
    return {
      addresses: started.addresses,
      strike: () => strike(started),
      [Symbol.asyncDispose]: () => started.stop(),
    };
  };
}

export const realLosses: Stages = {
  "a real node that is killed": real(({ nodes: [node] }) => node?.kill("SIGKILL")),
  "a real node that is frozen": real(({ nodes: [node] }) => node?.kill("SIGSTOP")),
  "real nodes that are killed": real(({ nodes }) => nodes.map((node) => node.kill("SIGKILL"))),
};
