import { ClosedError, type DisqueError } from "../../resp/index.ts";
import type { PersistentConnection } from "./persistent-connection.ts";
import type { Submission } from "./submission.ts";

/** With this many jobs in flight on the least busy connection, another one is opened. */
const BUSY = 4;

/**
 * Connections for ADDJOB on a cluster that replicates. The server answers the next command of a connection only when a job has
 * been replicated, so that jobs on one connection wait for each other; on several they are replicated side by side.
 */
export class AddingConnections {
  readonly #create: () => PersistentConnection;
  readonly #max: number;
  readonly #connections: PersistentConnection[] = [];
  #ended = false;

  constructor(create: () => PersistentConnection, max: number) {
    this.#create = create;
    this.#max = max;
  }

  get pending(): number {
    return this.#connections.reduce((sum, connection) => sum + connection.pending, 0);
  }

  submit(submission: Submission): void {
    if (this.#ended) throw new ClosedError("the client has left the node");
    this.#leastBusy().submit(submission);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#connections.map((connection) => connection.end()));
  }

  /** Drops the present connections. */
  destroy(reason: DisqueError): void {
    for (const connection of this.#connections.splice(0)) connection.destroy(reason);
  }

  #leastBusy(): PersistentConnection {
    let best: PersistentConnection | undefined;
    for (const connection of this.#connections) {
      if (best === undefined || connection.pending < best.pending) best = connection;
    }
    if (best !== undefined && (best.pending < BUSY || this.#connections.length >= this.#max)) return best;
    const connection = this.#create();
    this.#connections.push(connection);
    return connection;
  }
}
