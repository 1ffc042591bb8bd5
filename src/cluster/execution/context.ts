import type { ClosedError } from "../../resp/index.ts";
import type { Cluster } from "../cluster.ts";
import type { Node } from "../connections/node.ts";
import type { Settings } from "../options.ts";
import type { LateJobs } from "./late-jobs.ts";

/** A call that can be ended before its reply arrives. */
export interface Cancellable {
  cancel(reason: ClosedError): void;
}

/** What an execution needs from its client. */
export interface ExecutionContext {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly lateJobs: LateJobs;
  /** Executions that wait for something other than a reply. `close` ends them. */
  readonly idle: Set<Cancellable>;
  /** Whether the client is closing. If so, nothing is retried. */
  readonly isClosing: () => boolean;
}

/** The node that an execution goes to first, and whether it may go to others. */
export interface Target {
  /** The node to go to first; `undefined` stands for the primary node. */
  readonly node: Node | undefined;
  /** Whether the call may only go to this node. Then it is retried once at most. */
  readonly isPinned: boolean;
}

export const PRIMARY: Target = { node: undefined, isPinned: false };
