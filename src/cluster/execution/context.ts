import type { ClosedError } from "../../resp/index.ts";
import type { Cluster } from "../cluster.ts";
import type { Node } from "../connections/node.ts";
import type { Settings } from "../options.ts";
import type { LateJobs } from "./late-jobs.ts";

/** A call that can be ended before its reply comes. */
export interface Cancellable {
  cancel(reason: ClosedError): void;
}

/** What an execution needs of its client. */
export interface ExecutionContext {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly lateJobs: LateJobs;
  /** Executions that wait for anything but a reply: `close` ends them. */
  readonly idle: Set<Cancellable>;
  /** Whether the client is closing: then nothing is tried again. */
  readonly isClosing: () => boolean;
}

/** Where an execution goes first, and where it may go at all. */
export interface Target {
  /** `undefined` stands for the primary node. */
  readonly node: Node | undefined;
  /** The call is pinned to this node: a failure is reported instead of being tried again for long. */
  readonly isPinned: boolean;
}

export const PRIMARY: Target = { node: undefined, isPinned: false };
