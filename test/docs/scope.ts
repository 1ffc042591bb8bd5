// The names that fragments in the documentation use without declaring them.

import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { format } from "node:util";
import type { Disque } from "../../src/index.ts";
import type { TestCluster } from "../../src/testing/index.ts";

/** The built package, as its users have it. */
const [disqueName, testingName]: readonly string[] = ["disque", "disque/testing"];
const disquePackage: typeof import("../../src/index.ts") = await import(String(disqueName));
const testingPackage: typeof import("../../src/testing/index.ts") = await import(String(testingName));

/** The names, each with its type as a fragment sees it. */
export const SCOPE: Readonly<Record<string, string>> = {
  // A cluster of three nodes, its first node, and a client.
  cluster: 'import("disque/testing").TestCluster',
  server: 'import("disque/testing").TestServer',
  disque: 'import("disque").Disque',
  // A job that was just fetched from the queue `mail`; three more wait there.
  job: 'import("disque").CountedJob',
  // Two jobs that were fetched, and the id of one that was not.
  jobs: 'readonly import("disque").CountedJob[]',
  id: "string",
  // Stands for the work on a job.
  send: "(mail: unknown) => Promise<void>",
  // Resolves when `send` has been called.
  sent: "Promise<void>",
  // Aborted when `send` has been called twice.
  signal: "AbortSignal",
  // A socket to the first node, for fragments that use RESP themselves.
  socket: 'import("node:net").Socket',
  sleep: "(milliseconds: number) => Promise<void>",
  console: "{ log(...values: unknown[]): void, error(...values: unknown[]): void }",
};

/** The values of these names for one fragment. */
export class Scope {
  /** The fragment's output. */
  output = "";
  readonly cluster: TestCluster;
  readonly #controller: AbortController = new AbortController();
  readonly #disque: Disque;
  #socket: Socket | undefined;
  #sent = 0;
  readonly #sending: Promise<void>;
  #onSent: () => void = () => {};

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
    this.#disque = new disquePackage.Disque(cluster.addresses);
    this.#sending = new Promise((resolve) => {
      this.#onSent = resolve;
    });
  }

  static async create(): Promise<Scope> {
    return new Scope(await testingPackage.TestCluster.start(3));
  }

  /** The values of those names. */
  async values(names: readonly string[]): Promise<Record<string, unknown>> {
    const disque = this.#disque;
    const add = (to: string): Promise<string> =>
      disque.addJob("mail", JSON.stringify({ to: `${to}@example.com` }), { retry: 300 });
    if (names.some((name) => ["job", "jobs", "id"].includes(name)))
      await Promise.all(["ann", "bob", "cleo"].map(add));
    const all =
      names.includes("job") || names.includes("jobs")
        ? await disque.getJob("mail", { count: 3, withCounters: true })
        : [];
    const id = await add("dora");
    for (const to of ["eve", "finn"]) await add(to);
    const [job, ...jobs] = all;
    const values: Readonly<Record<keyof typeof SCOPE, unknown>> = {
      cluster: this.cluster,
      server: this.cluster.node(0),
      disque,
      job,
      jobs,
      id,
      send: (mail: unknown) => this.#send(mail),
      sent: this.#sending,
      signal: this.#controller.signal,
      socket: names.includes("socket") ? this.#connect() : undefined,
      sleep,
      console: { log: this.#print, error: this.#print },
    };
    return Object.fromEntries(names.map((name) => [name, values[name]]));
  }

  async end(): Promise<void> {
    this.#controller.abort();
    this.#socket?.destroy();
    await this.#disque.close();
    await this.cluster.stop();
  }

  readonly #print = (...values: unknown[]): void => {
    this.output += `${format(...values)}\n`;
  };

  async #send(mail: unknown): Promise<void> {
    if (mail === undefined) throw new TypeError("there is no mail to send");
    this.#onSent();
    // After the caller of `send` has gone on.
    if (++this.#sent === 2) setImmediate(() => this.#controller.abort());
  }

  #connect(): Socket {
    const { host, port } = this.cluster.node(0);
    this.#socket = connect({ host, port });
    return this.#socket;
  }
}
