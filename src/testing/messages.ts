/** A job as sent from node to node: job.c, serializeJob. Times are in seconds. */
export interface JobCopy {
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly replicate: number;
  /** The remaining time to live: the time when the job expires is not sent, since the clocks of two nodes may differ. */
  readonly ttl: number;
  readonly created: bigint;
  readonly delay: number;
  readonly retry: number;
  readonly nacks: number;
  readonly additionalDeliveries: number;
  readonly queuedBefore: boolean;
  readonly nodesDelivered: readonly string[];
}

/** What the gossip section of a heartbeat says about one node: cluster.h, clusterMsgDataGossip. */
export interface GossipEntry {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Whether the sender has set PFAIL or FAIL for the node, which counts as a failure report. */
  readonly failing: boolean;
}

/** PONG answers PING and MEET. MEET is a PING that asks the receiver to add the sender to its cluster. */
export interface Heartbeat {
  readonly type: "ping" | "pong" | "meet";
  readonly port: number;
  readonly leaving: boolean;
  readonly gossip: readonly GossipEntry[];
  /** The id by which the node that sent the ping knows the other node. A pong repeats this id. */
  readonly recipientId: string;
  /** The host that the node that sent the ping uses for the other node. A pong repeats this host. */
  readonly dialled: string;
}

/** The messages of cluster.h, CLUSTERMSG_TYPE_*. */
export type Message =
  | Heartbeat
  | { readonly type: "fail"; readonly id: string }
  | { readonly type: "repljob"; readonly job: JobCopy; readonly reply: boolean }
  | { readonly type: "yourjobs"; readonly jobs: readonly JobCopy[] }
  | JobMessage
  | { readonly type: "needjobs"; readonly queue: string; readonly count: number }
  | {
      readonly type: "pause";
      readonly queue: string;
      readonly pausedIn: boolean;
      readonly pausedOut: boolean;
    };

export function isHeartbeat(message: Message): message is Heartbeat {
  return message.type === "ping" || message.type === "pong" || message.type === "meet";
}

/** The messages about one job. */
export type JobMessage =
  | { readonly type: "gotjob" | "deljob" | "willqueue" | "working"; readonly id: string }
  | { readonly type: "queued"; readonly id: string; readonly counts: "nack" | "delivery" | null }
  | { readonly type: "enqueue"; readonly id: string; readonly delay: number }
  /** `mayHave` is how many nodes may have the job, as far as the sender knows; 0 when the sender does not know the job. */
  | { readonly type: "setack"; readonly id: string; readonly mayHave: number }
  | { readonly type: "gotack"; readonly id: string; readonly known: boolean };
