import type { Job } from "../commands/job.ts";
import type { Jobs } from "../commands/jobs.ts";
import type { Server } from "../commands/server.ts";

/** What a consumer needs to know of a node. */
export interface SourceNode {
  /** Empty until the client has learned it. */
  readonly id: string;
  /** Whether to fetch jobs from it. */
  readonly good: boolean;
  /** Whether a call can be sent to it without connecting first. */
  readonly connected: boolean;
}

/** The public calls that consumers make. A call with the option `node` rejects soon when that node cannot be reached. */
export interface ConsumerClient
  extends Pick<Jobs, "getJob" | "ackJob" | "fastAck" | "nackJob" | "working">,
    Pick<Server, "ping"> {
  readonly nodes: readonly SourceNode[];
}

/** What `jobs()` and `work()` need of a client. */
export interface JobSource {
  readonly client: ConsumerClient;
  isClosed(): boolean;
  /**
   * Gives back jobs that were fetched but not started: to other calls of the client that wait for them, or else to their queues.
   * Jobs that cannot go back are emitted as `orphan`. Never rejects.
   */
  giveBack(jobs: readonly Job[]): Promise<void>;
  /** Calls `listener` when the client begins to close. Returns a function that removes it. */
  onClose(listener: () => void): () => void;
}
