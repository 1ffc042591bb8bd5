import type { Node } from "./node.ts";
import type { Member } from "./topology.ts";

/** A node as the client sees it, at the moment. */
export interface NodeInfo {
  /** Empty until some node told it. */
  readonly id: string;
  /** `host:port` or `unix:path`, where it is dialled. */
  readonly address: string;
  /** Empty for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** 1 good, 5 not linked yet or not heard of, 10 suspected, 100 failed or leaving. */
  readonly priority: number;
  /** Whether it has priority 1 and is not set aside after a failure. */
  readonly good: boolean;
  /** Whether the connection that most calls share is open. */
  readonly connected: boolean;
  /** How many calls are under way on it. */
  readonly pending: number;
  /** How many jobs were fetched from it. */
  readonly jobs: number;
  /** How many commands were sent to it; one that had to be sent again counts again. */
  readonly calls: number;
  /** How many connections to it were made, and how often the one that most calls share was lost. */
  readonly connects: number;
  readonly losses: number;
}

/** `node` is what there is of connections to the member, if there is anything. */
export function nodeInfo(
  { id, name, priority, address, failedAt }: Member,
  node: Node | undefined,
): NodeInfo {
  const { endpoint } = address;
  return {
    id,
    address: name,
    host: "host" in endpoint ? endpoint.host : "",
    port: "port" in endpoint ? endpoint.port : 0,
    priority,
    good: priority === 1 && performance.now() - failedAt >= 10_000,
    connected: node?.connected ?? false,
    pending: node?.pending ?? 0,
    jobs: node?.fetched ?? 0,
    calls: node?.calls ?? 0,
    connects: node?.connects ?? 0,
    losses: node?.losses ?? 0,
  };
}
