import type { Receiver as Waiter } from "../resp/index.ts";
import { type Argument, ClosedError, type DisqueError, type Reply, type SendOptions } from "../resp/index.ts";
import type { Lane } from "./lane.ts";

/** With that many jobs under way on the least busy connection, another one is opened. */
const BUSY = 4;

/**
 * Connections for ADDJOB on a cluster that replicates. The server answers the next command of a connection only when
 * a job has been replicated, so on one connection jobs wait for each other; several of them replicate side by side.
 */
export class AddingLanes {
  readonly #open: () => Lane;
  readonly #most: number;
  readonly #lanes: Lane[] = [];
  #ended = false;

  constructor(open: () => Lane, most: number) {
    this.#open = open;
    this.#most = most;
  }

  get pending(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.pending, 0);
  }

  /** Rejects as `Lane.send` does. */
  send(line: readonly Argument[], options: SendOptions): Promise<Reply> {
    if (this.#ended) return Promise.reject(new ClosedError("the node was left"));
    return this.#leastBusy().send(line, options);
  }

  /** As `Lane.dispatch` does. */
  dispatch(line: readonly Argument[], waiter: Waiter, options: SendOptions): boolean {
    return !this.#ended && this.#leastBusy().dispatch(line, waiter, options);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#lanes.map((lane) => lane.end()));
  }

  /** Drops the connections there are. */
  destroy(reason: DisqueError): void {
    for (const lane of this.#lanes.splice(0)) lane.destroy(reason);
  }

  #leastBusy(): Lane {
    let best: Lane | undefined;
    for (const lane of this.#lanes) {
      if (best === undefined || lane.pending < best.pending) best = lane;
    }
    if (best !== undefined && (best.pending < BUSY || this.#lanes.length >= this.#most)) return best;
    const lane = this.#open();
    this.#lanes.push(lane);
    return lane;
  }
}
