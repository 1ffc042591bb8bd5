// A client with a secret meets every fault. Everything observable is passed on, value by value.

import diagnostics from "node:diagnostics_channel";
import { Disque, type DisqueOptions, type NodeAddress } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { array, bulk, HELLO, NOBODY, NODE_ID, until } from "../client/scripted.ts";
import { makeCertificate } from "../support/certificate.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { SECRET } from "./secret.ts";

export type See = (what: string, ...values: readonly unknown[]) => void;

const PASSWORD = `${SECRET}-password`;
const HASTY: DisqueOptions = { failoverTimeout: 0, connectTimeout: 5_000, commandTimeout: 5_000 };
const STAGES = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** The three ways to set a client's password. */
const WAYS: readonly [string, (host: string, port: number) => [NodeAddress, DisqueOptions]][] = [
  ["an option", (host, port) => [`${host}:${port}`, { password: PASSWORD }]],
  ["a URL", (host, port) => [`disque://:${encodeURIComponent(PASSWORD)}@${host}:${port}`, {}]],
  ["the address's parts", (host, port) => [{ host, port, password: PASSWORD }, {}]],
];

/** Resolves with the number of messages on each diagnostics channel. */
export async function sweep(see: See): Promise<ReadonlyMap<string, number>> {
  const told = new Map<string, number>();
  const channels = ["command", "connect"].flatMap((kind) =>
    STAGES.map((stage) => `tracing:disque:${kind}:${stage}`),
  );
  const listeners = channels.map((name) => {
    const listener = (message: unknown): void => {
      told.set(name, (told.get(name) ?? 0) + 1);
      see(name, message);
    };
    diagnostics.subscribe(name, listener);
    return () => diagnostics.unsubscribe(name, listener);
  });
  const onWarning = (warning: Error): void => see("a warning of the process", warning);
  process.on("warning", onWarning);
  try {
    for (const [way, addressOf] of WAYS) {
      const make: Make = ({ host, port }, options = {}) => {
        const [address, own] = addressOf(host, port);
        return watched(see, address, { ...HASTY, ...own, ...options });
      };
      for (const [name, fault] of FAULTS)
        await fault((what, ...values) => see(`${name} (${way}): ${what}`, ...values), make);
    }
    for (const node of MALFORMED)
      see(
        "a malformed address",
        thrown(() => new Disque(node)),
      );
    await badTls(see);
  } finally {
    for (const stop of listeners) stop();
    process.off("warning", onWarning);
  }
  return told;
}

type Make = (endpoint: { host: string; port: number }, options?: DisqueOptions) => Disque;
type Fault = (see: See, make: Make) => Promise<void>;

const MALFORMED: readonly string[] = [
  `disque://${PASSWORD}@host`,
  `disque://:${PASSWORD}@host:0`,
  `disque://:${PASSWORD}`,
  `:${PASSWORD}@host:x`,
];

/** Answers of a server that is not a Disque node. */
const ANSWERS: Readonly<Record<string, (command: string[]) => string>> = {
  "is silent": () => "",
  "sends something other than RESP": () => "what?\r\n",
  "echoes commands in its errors": (command) => `-ERR unknown command, with args: ${command.join(" ")}\r\n`,
};

const FAULTS: readonly [name: string, Fault][] = [
  [
    "refused",
    async (see, make) => {
      const [host = "", port] = NOBODY.split(":");
      await calls(see, make({ host, port: Number(port) }));
    },
  ],
  [
    "a wrong password",
    async (see, make) => {
      await using server = await TestServer.start({ password: "another" });
      await calls(see, make(server));
    },
  ],
  [
    "a node without a password",
    async (see, make) => {
      await using server = await TestServer.start();
      await calls(see, make(server));
    },
  ],
  [
    "NOAUTH of a node that forgot",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      const disque = make(server);
      await disque.connect();
      server.faults.answer("qlen", "NOAUTH Authentication required.");
      await calls(see, disque);
    },
  ],
  ...Object.entries(ANSWERS).map(([what, answer]): [string, Fault] => [
    `a handshake in which the node ${what}`,
    async (see, make) => {
      await using server = await ScriptedServer.start({ answer });
      await calls(see, make(server.endpoint, { connectTimeout: 30 }));
    },
  ]),
  [
    "a handshake in which the node closes",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      server.faults.refuse(true);
      await calls(see, make(server));
      server.faults.refuse(false);
      server.faults.dropAfter(3);
      await calls(see, make(server));
    },
  ],
  [
    "an overdue reply",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      const disque = make(server, { commandTimeout: 30, connectTimeout: 300 });
      see("a connection", await reason(disque.connect()));
      server.faults.freeze();
      await calls(see, disque);
    },
  ],
  [
    "what is no reply",
    async (see, make) => {
      await using server = await ScriptedServer.start({
        answer: ([command]) => (command === "HELLO" ? HELLO : command === "AUTH" ? "+OK\r\n" : "?\r\n"),
      });
      await calls(see, make(server.endpoint));
    },
  ],
  [
    "all that is well",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      const disque = make(server, { name: "sweeper", maxPending: 2 });
      const waiting = [disque.getJob("a"), disque.getJob("b")];
      see("too many calls", await reason(disque.getJob("c")));
      await until(() => disque.nodes[0]?.pending === 2);
      see("a client that waits", disque, disque.nodes, disque.connectedNode);
      const closed = disque.close();
      see("a client that was closed", ...(await Promise.all(waiting.map(reason))), await closed, disque);
      see("a call too late", await reason(disque.ping()));
    },
  ],
  [
    "commands that bear it",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      const disque = make(server);
      see("AUTH by call()", await reason(disque.call("AUTH", PASSWORD)));
      see("CONFIG SET", await reason(disque.config.set("requirepass", PASSWORD)));
      server.faults.answer("config", "ERR no");
      see("CONFIG SET that fails", await reason(disque.config.set("requirepass", PASSWORD)));
      see("CONFIG SET by call()", await reason(disque.call("CONFIG", "SET", "requirepass", PASSWORD)));
      see("a bad argument", await reason(Reflect.apply(disque.config.set, disque.config, [7, PASSWORD])));
      await disque.close();
    },
  ],
  [
    "a node that dies under a worker, a loop and calls",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      const disque = make(server);
      const worker = disque.work("mail", () => {
        throw new Error("no");
      });
      for (const event of ["started", "done", "failed", "unsettled", "stopped"] as const)
        worker.on(event, (...args: unknown[]) => see(`the worker's event ${event}`, ...args));
      await disque.addJob("mail", "body");
      await until(() => server.received("nack") > 0);
      see("a worker", worker);
      const ended = new AbortController();
      const loop = disque.jobs("other", { signal: ended.signal });
      const next = reason(loop.next());
      await server.faults.kill();
      await calls(see, disque);
      ended.abort();
      see("a worker and a loop that have ended", worker, loop, await next);
      await worker.stop();
    },
  ],
  [
    "a client that is destroyed",
    async (see, make) => {
      await using server = await TestServer.start({ password: PASSWORD });
      const disque = make(server);
      const pending = [disque.getJob("q"), disque.call("PING"), disque.addJob("q", "body")].map(reason);
      await disque.connect();
      disque.destroy();
      see("what was under way", ...(await Promise.all(pending)), disque);
    },
  ],
  [
    "an announced node that does not know it",
    async (see, make) => {
      await using other = await TestServer.start({ password: "another" });
      const nodes = [
        [NODE_ID, "", "7711", "10"],
        [other.id, other.host, String(other.port), "1"],
      ].map((node) => array(...node.map(bulk)));
      await using server = await ScriptedServer.start({
        answer: ([command]) => (command === "HELLO" ? array(":1\r\n", bulk(NODE_ID), ...nodes) : "+OK\r\n"),
      });
      const disque = make(server.endpoint);
      await disque.connect();
      await until(() => other.received("auth") > 0);
      await calls(see, disque);
    },
  ],
  [
    "a certificate that is not trusted",
    async (see, make) => {
      const { cert, key } = makeCertificate();
      await using server = await TestServer.start({ password: PASSWORD, tls: { cert, key } });
      await calls(see, make(server, { tls: true }));
      await calls(see, make(server, { tls: { passphrase: PASSWORD, key, cert } }));
    },
  ],
];

/** Invalid TLS options that contain a secret. */
async function badTls(see: See): Promise<void> {
  const { cert, key } = makeCertificate();
  await using server = await TestServer.start({ tls: { cert, key } });
  for (const tls of [
    { key: PASSWORD, cert },
    { key: [PASSWORD], cert },
    { pfx: PASSWORD, passphrase: PASSWORD },
    { key: { pem: PASSWORD } },
    { key, cert, passphrase: PASSWORD, ciphers: "NONE" },
    { ca: PASSWORD, passphrase: PASSWORD },
  ])
    await calls(see, Reflect.construct(Disque, [server.address, { ...HASTY, tls }]));
}

/** A client whose events are all observed. */
function watched(see: See, address: NodeAddress, options: DisqueOptions): Disque {
  const disque = new Disque(address, options);
  for (const event of ["connect", "disconnect", "switch", "topology", "orphan"] as const)
    disque.on(event, (...args: unknown[]) => see(`the event ${event}`, ...args));
  see("a new client", disque);
  return disque;
}

/** The outcomes of some calls, one of each kind, and the client before and after. */
async function calls(see: See, disque: Disque): Promise<void> {
  const outcomes = [
    disque.connect(),
    disque.qlen("q"),
    disque.getJob("q", { timeout: 1 }),
    disque.addJob("q", "body", { retry: 0, replicate: 1 }),
    disque.call("PING"),
  ].map(reason);
  see("a client with calls under way", disque, disque.nodes);
  see("what calls reject with", ...(await Promise.all(outcomes)));
  see("the client afterwards", disque, disque.nodes, disque.connectedNode, disque.cluster, disque.config);
  disque.destroy();
}

function reason(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

function thrown(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
