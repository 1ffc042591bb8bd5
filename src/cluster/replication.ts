import type { Hello } from "../commands/hello.ts";
import { now } from "../resp/timers.ts";

/** The server's own default: all nodes, up to three (job.c, addjobCommand). */
const DEFAULT_COPIES = 3;
/**
 * Milliseconds that a reduction lasts at least. Nodes need 15 s to notice that another one has failed, and until then HELLO says
 * that all is well.
 */
const MIN_REDUCTION = 30_000;

/**
 * How many copies of a job to ask for, where that is left to the client. By default the server counts failed and leaving nodes as
 * well, so that adding would stop when one of three nodes is away; then fewer copies are asked for until HELLO says that all is well.
 */
export class Replication {
  #copies: number | undefined;
  #reducedAt = 0;

  /** How many copies to ask for while that many of the nodes are set aside; `undefined` stands for the server's default. */
  copies(clusterSize: number, setAside: number): number | undefined {
    if (setAside === 0) return this.#copies;
    const usual = Math.min(DEFAULT_COPIES, clusterSize);
    const reachable = Math.max(1, clusterSize - setAside);
    return reachable < usual ? Math.min(reachable, this.#copies ?? usual) : this.#copies;
  }

  /** After NOREPL for that many copies on a cluster of this size. Returns how many to ask for instead; none if it was one. */
  reduce(copies: number | undefined, clusterSize: number): number | undefined {
    const asked = copies ?? Math.min(DEFAULT_COPIES, clusterSize);
    if (asked <= 1) return undefined;
    // Other calls may have found out more meanwhile.
    this.#copies = Math.min(asked - 1, this.#copies ?? asked);
    this.#reducedAt = now();
    return this.#copies;
  }

  /** Takes in what a node says of the cluster. */
  learn(hello: Hello): void {
    if (this.#copies === undefined || now() - this.#reducedAt < MIN_REDUCTION) return;
    if (hello.nodes.every(({ priority }) => priority === 1)) this.#copies = undefined;
  }
}
