import type { Job } from "../commands/job.ts";
import type { Jobs } from "../commands/jobs.ts";
import type { Server } from "../commands/server.ts";

/** What a consumer needs to know of a node. */
export interface SourceNode {
  /** Empty until some node told it. */
  readonly id: string;
  /** Whether jobs are to be fetched from it. */
  readonly good: boolean;
  /** Whether a call reaches it without connecting first. */
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
  readonly closed: boolean;
  /**
   * Gives back jobs that were fetched but not started: to other calls of the client that wait, else to their queues. Jobs that
   * cannot go back are emitted as `orphan`. Never rejects.
   */
  giveBack(jobs: readonly Job[]): Promise<void>;
}
