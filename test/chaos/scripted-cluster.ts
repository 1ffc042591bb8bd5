// Several scripted servers that a client accepts as a cluster.

import { array, bulk } from "../client/scripted.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";

const LETTERS = "abcdef";

export class ScriptedNode {
  /** The same hex digit 40 times. */
  readonly id: string;
  readonly server: ScriptedServer;
  readonly endpoint: { readonly host: string; readonly port: number };
  /** The other commands received, on all connections. */
  readonly commands: string[][];
  /** The priorities announced for each node, by id. */
  readonly priorities: Map<string, number> = new Map();
  /** Ids of nodes that it does not announce. */
  readonly hidden: Set<string> = new Set();
  /** Whether it does not even answer HELLO. */
  deaf: boolean = false;
  readonly #peers: Peer[] = [];

  constructor(id: string, server: ScriptedServer, commands: string[][]) {
    this.id = id;
    this.server = server;
    this.endpoint = server.endpoint;
    this.commands = commands;
    void this.#collect();
  }

  get address(): string {
    const { host, port } = this.endpoint;
    return `${host}:${port}`;
  }

  /** The connection on which the last command of this name arrived. */
  peerOf(name: string): Peer {
    const peer = this.#peers.findLast(({ commands }) => commands.some(([word]) => word === name));
    if (peer === undefined) throw new Error(`no ${name} came`);
    return peer;
  }

  /** Resets all connections. */
  drop(): void {
    for (const { socket } of this.#peers.splice(0)) socket.resetAndDestroy();
  }

  /** The id of a job that was added on this node. */
  jobId(n = 0): string {
    return `D-${this.id.slice(0, 8)}-ABCDEFGHIJKLMNOPQRSTUV${String(n).padStart(2, "0")}-05a1`;
  }

  async #collect(): Promise<never> {
    for (;;) this.#peers.push(await this.server.accept());
  }
}

export interface ScriptedCluster extends AsyncDisposable {
  readonly nodes: readonly ScriptedNode[];
  readonly addresses: string[];
  /** One of the nodes. */
  node(index: number): ScriptedNode;
  /** Resolves when this many commands have arrived at all nodes together. */
  received(count: number): Promise<void>;
}

/** Answers HELLO like a node, and other commands with what `answer` returns; `""` sends nothing, so the test may reply. */
export async function scriptedCluster(
  count: number,
  answer: (command: string[], node: ScriptedNode) => string = () => "",
): Promise<ScriptedCluster> {
  const nodes: ScriptedNode[] = [];
  let changed = (): void => {};
  for (let index = 0; index < count; index++) {
    const commands: string[][] = [];
    const server = await ScriptedServer.start({
      answer(command) {
        const node = nodes[index];
        if (node === undefined || node.deaf) return "";
        if (command[0] === "HELLO") return helloOf(node, nodes);
        commands.push(command);
        changed();
        return answer(command, node);
      },
    });
    nodes.push(new ScriptedNode((LETTERS[index] ?? "").repeat(40), server, commands));
  }
  return {
    nodes,
    addresses: nodes.map(({ address }) => address),
    node(index) {
      const node = nodes[index];
      if (node === undefined) throw new RangeError(`there is no node ${index}`);
      return node;
    },
    async received(count) {
      const sum = (): number => nodes.reduce((total, { commands }) => total + commands.length, 0);
      while (sum() < count) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { server } of nodes) await server[Symbol.asyncDispose]();
    },
  };
}

function helloOf(self: ScriptedNode, nodes: readonly ScriptedNode[]): string {
  const known = nodes.filter(({ id }) => !self.hidden.has(id));
  return array(
    ":1\r\n",
    bulk(self.id),
    ...known.map(({ id, endpoint }) => {
      const { host, port } = endpoint;
      return array(bulk(id), bulk(host), bulk(String(port)), bulk(String(self.priorities.get(id) ?? 1)));
    }),
  );
}
