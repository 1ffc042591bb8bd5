// Calls of every kind, whose outcomes are ignored.

import type { Disque } from "../../src/index.ts";
import { Connection } from "../../src/resp/index.ts";
import { AT_LEAST_ONCE, NODE_ID } from "../client/scripted.ts";

const OTHER = AT_LEAST_ONCE.replace("0123abcd", "89abcdef");

/** How often the throwing handler, the handler that never ends and the loop body were called. */
export interface Seen {
  thrown: number;
  held: number;
  looped: number;
}

function calls(disque: Disque, signal: AbortSignal): Promise<unknown>[] {
  const options = { signal };
  return [
    disque.connect(),
    disque.connect(options),
    disque.ping(),
    disque.ping("message", { signal, commandTimeout: 5 }),
    disque.hello(options),
    disque.info("server", options),
    disque.addJob("q", "body", { replicate: 1 }),
    disque.addJob("q", "body", { signal, timeout: 20 }),
    disque.addJob("q", "body", { retry: 0, replicate: 1 }),
    disque.getJob("q"),
    disque.getJob(["q", "other"], { signal, withCounters: true }),
    disque.getJob("nothing", { timeout: 5 }),
    disque.getJob("q", { nohang: true, count: 3, signal }),
    disque.ackJob(AT_LEAST_ONCE, OTHER),
    disque.ackJob([AT_LEAST_ONCE, OTHER], options),
    disque.nackJob([AT_LEAST_ONCE], options),
    disque.working(OTHER, options),
    disque.show(AT_LEAST_ONCE),
    disque.qstat("q", options),
    disque.qscan("0", { signal, node: NODE_ID }),
    disque.pause("q", "none", { bcast: true }),
    disque.cluster.nodes(options),
    disque.config.get("*", options),
    disque.call("NOSUCH", "argument"),
    disque.call("GETJOB", "FROM", "q", options),
    // These reject before anything is sent.
    disque.qlen(5 as never),
    disque.getJob([]),
  ];
}

async function loop(disque: Disque, signal: AbortSignal | undefined, seen: Seen): Promise<void> {
  for await (const job of disque.jobs("q", { count: 2, signal })) {
    seen.looped++;
    await disque.ackJob(job);
    throw new Error("the loop's own");
  }
}

async function broken(disque: Disque): Promise<void> {
  for await (const _ of disque.jobs(["q", "other"], { count: 3 })) break;
}

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

async function work(disque: Disque, signal: AbortSignal, seen: Seen): Promise<void> {
  const thrower = (): never => {
    seen.thrown++;
    throw new Error("the handler's own");
  };
  const holder = (): Promise<never> => {
    seen.held++;
    return new Promise(() => {});
  };
  const failing = disque.work("q", async () => Promise.reject("no error even"), { concurrency: 2 });
  const throwing = disque.work("q", thrower, { fastAck: true, backoff: thrower });
  const never = disque.work("q", holder, { concurrency: 3, poison: { after: 0, handler: thrower } });
  for (const { finished } of [failing, throwing, never]) finished.catch(() => {});
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  await Promise.all([failing.stop(), throwing.stop(), never.stop(), never.stop({ timeout: 1 })]);
}

/** Jobs for the loops and workers. */
export async function addJobs(disque: Disque): Promise<void> {
  const ids = Array.from({ length: 100 }, (_, n) =>
    disque.addJob(n % 2 === 0 ? "q" : "other", "body", n % 5 === 0 ? { retry: 0, replicate: 1 } : {}),
  );
  await Promise.allSettled(ids);
}

/** Commands on a connection without a client. */
export async function bareConnection(address: string, signal: AbortSignal): Promise<void> {
  const [host = "", port = ""] = address.split(":");
  const endpoint = { host, port: Number(port), connectTimeout: 60, commandTimeout: 60 };
  const use = async (end: (connection: Connection) => unknown): Promise<void> => {
    const connection = await Connection.open(endpoint);
    const replies = [connection.send(["PING"]), connection.send(["HELLO"], { signal, timeout: 5 })];
    await Promise.all([...replies, end(connection), connection.send(["PING"])].map(settled));
    connection.destroy();
    await connection.closed;
  };
  await Promise.all([
    settled(Connection.open({ ...endpoint, signal })).then((connection) => connection?.destroy()),
    settled(use((connection) => connection.end())),
    settled(use((connection) => connection.destroy())),
    settled(use(() => {})),
  ]);
}

function settled<Value>(value: Promise<Value> | Value): Promise<Value | undefined> {
  return Promise.resolve(value).catch(() => undefined);
}

/** Resolves when every call has settled; workers end when `signal` is aborted. */
export async function everything(disque: Disque, signal: AbortSignal, seen: Seen): Promise<void> {
  await Promise.allSettled([
    ...calls(disque, signal),
    loop(disque, signal, seen),
    loop(disque, undefined, seen),
    broken(disque),
    // An iterator that is not read to its end.
    disque.jobs("q", { count: 3, signal }).next(),
    disque.jobs("q").return(),
    disque.jobs("q", { signal }).throw(new Error("the caller's own")),
    all(disque.queues({ count: 1 })),
    all(disque.scanJobs({ count: 1, reply: "all", signal })),
    work(disque, signal, seen),
  ]);
}
