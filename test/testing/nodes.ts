import { TestCluster, type TestClusterOptions } from "../../src/testing/index.ts";
import { type Wire, WireClient } from "../conformance/wire.ts";

/** A testing cluster with one raw client per node. Nodes are given by number, from 0. */
export class Nodes implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly #clients: (WireClient | undefined)[] = [];
  readonly #others: WireClient[] = [];

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  static async start(count: number, options: TestClusterOptions = {}): Promise<Nodes> {
    return new Nodes(await TestCluster.start(count, options));
  }

  async call(node: number, line: string): Promise<Wire> {
    const client = this.#clients[node] ?? (await this.client(node));
    this.#clients[node] = client;
    return client.call(...line.split(" "));
  }

  /** The replies of all nodes, or of these. */
  async each(line: string, nodes: Iterable<number> = this.cluster.nodes.keys()): Promise<Wire[]> {
    const replies: Wire[] = [];
    for (const node of nodes) replies.push(await this.call(node, line));
    return replies;
  }

  /** Sends ADDJOB and returns the id. */
  async add(node: number, line: string): Promise<string> {
    const reply = await this.call(node, `ADDJOB ${line}`);
    if (typeof reply !== "string" || !reply.startsWith("+D-")) throw new Error(`${reply} is no id`);
    return reply.slice(1);
  }

  /** The priorities in one node's HELLO, in the order of the nodes. */
  async priorities(node: number): Promise<number[]> {
    const [, , ...nodes] = await this.call(node, "HELLO");
    const ids = this.cluster.nodes.map(({ id }) => id);
    const order = (line: Wire): number => ids.indexOf(String(line[0]).slice(1));
    return [...nodes].sort((a, b) => order(a) - order(b)).map((line) => Number(String(line[3]).slice(1)));
  }

  /** Another connection to a node. */
  async client(node: number): Promise<WireClient> {
    const { host, port } = this.cluster.node(node);
    const client = await WireClient.connect(host, port);
    this.#others.push(client);
    return client;
  }

  /** Sends a blocking command on its own connection, and resolves once it blocks. */
  async blocked(node: number, line: string): Promise<WireClient> {
    const before = await this.#blockedClients(node);
    const client = await this.client(node);
    client.send(line.split(" "));
    while ((await this.#blockedClients(node)) === before) await this.call(node, "PING");
    return client;
  }

  /** Kills a node. Its client is reopened on the next use. */
  async kill(node: number): Promise<void> {
    await this.cluster.node(node).faults.kill();
    this.#clients[node] = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#others) client.destroy();
    await this.cluster.stop();
  }

  async #blockedClients(node: number): Promise<string | undefined> {
    return /blocked_clients:(\d+)/.exec(String(await this.call(node, "INFO clients")))?.[1];
  }
}

/** One field of SHOW, or of QSTAT. */
export function field(name: string, reply: Wire): Wire | undefined {
  if (typeof reply === "string") return undefined;
  const at = reply.indexOf(`$${name}`);
  return at === -1 ? undefined : reply[at + 1];
}
