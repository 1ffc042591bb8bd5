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

/**
 * What `jobs()` and `work()` need of a client. A call with the option `node` rejects soon when that node cannot be reached;
 * one without it goes to the current node and looks for another when that fails.
 */
export interface JobSource
  extends Pick<Jobs, "getJob" | "ackJob" | "fastAck" | "nackJob" | "working">,
    Pick<Server, "ping"> {
  readonly nodes: readonly SourceNode[];
  readonly closed: boolean;
  /**
   * Gives back jobs that were fetched but not started: other calls that wait get them, else they are queued again. Those
   * that cannot be queued again go to the event `orphan`. Never rejects.
   */
  giveBack(jobs: readonly Job[]): Promise<void>;
}
