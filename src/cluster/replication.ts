import type { Hello } from "../commands/hello.ts";
import { now } from "../resp/timers.ts";

/** The server's own default: one copy on each node, up to three (job.c, addjobCommand). */
const DEFAULT_COPIES = 3;
/**
 * Minimum milliseconds for which the client asks for fewer copies. Nodes need 15 s to notice that another node has failed, and
 * until then HELLO reports that all is well.
 */
const MIN_REDUCTION = 30_000;

/**
 * Decides how many copies of a job to ask for if the caller leaves that to the client. The server's default counts failed and
 * leaving nodes too, so no job could be added while one of three nodes is down. In that case, the client asks for fewer copies
 * until HELLO reports that all nodes are good.
 */
export class Replication {
  #copies: number | undefined;
  #reducedAt = 0;

  /** How many copies to ask for while `setAside` nodes are set aside; `undefined` means the server's default. */
  copies(clusterSize: number, setAside: number): number | undefined {
    if (setAside === 0) return this.#copies;
    const usual = Math.min(DEFAULT_COPIES, clusterSize);
    const reachable = Math.max(1, clusterSize - setAside);
    return reachable < usual ? Math.min(reachable, this.#copies ?? usual) : this.#copies;
  }

  /**
   * Called after a request for `copies` copies was answered with NOREPL. Returns how many to ask for instead, or `undefined` if
   * only one was requested.
   */
  reduce(copies: number | undefined, clusterSize: number): number | undefined {
    const asked = copies ?? Math.min(DEFAULT_COPIES, clusterSize);
    if (asked <= 1) return undefined;
    // Other calls may already have reduced the number further.
    this.#copies = Math.min(asked - 1, this.#copies ?? asked);
    this.#reducedAt = now();
    return this.#copies;
  }

  /** Ends the reduction when a node's HELLO reports that all nodes are good. */
  applyHello(hello: Hello): void {
    if (this.#copies === undefined || now() - this.#reducedAt < MIN_REDUCTION) return;
    if (hello.nodes.every(({ priority }) => priority === 1)) this.#copies = undefined;
  }
}
