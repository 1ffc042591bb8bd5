import type { Peer } from "./peers.ts";

/** cluster.h, CLUSTER_FAIL_REPORT_VALIDITY_MULT: how many node timeouts a failure report remains valid. */
const REPORT_VALIDITY = 2;

/** Suspects a peer that has not answered a ping in time: cluster.c, clusterCron. Returns whether it became suspected. */
export function suspect(peer: Peer, now: number, nodeTimeout: number): boolean {
  const late = peer.port !== 0 && peer.pingSent !== 0 && now - peer.pingSent > nodeTimeout;
  if (!late || peer.health !== "good") return false;
  peer.health = "suspected";
  return true;
}

/** Records whether another node reports a peer as failing. */
export function hearReport(peer: Peer, reporter: string, failing: boolean, now: number): void {
  if (failing) peer.reports.set(reporter, now);
  else peer.reports.delete(reporter);
}

/**
 * Marks a suspected peer as failed once the majority of all nodes, including this one, suspects it: cluster.c,
 * markNodeAsFailingIfNeeded. Returns whether it became failed.
 */
export function convict(peer: Peer, now: number, nodeTimeout: number, clusterSize: number): boolean {
  if (peer.health !== "suspected") return false;
  for (const [reporter, time] of peer.reports) {
    if (now - time > nodeTimeout * REPORT_VALIDITY) peer.reports.delete(reporter);
  }
  if (peer.reports.size + 1 < Math.floor(clusterSize / 2) + 1) return false;
  peer.health = "failed";
  return true;
}

/** Marks a peer that has answered as healthy. */
export function acquit(peer: Peer, now: number): void {
  peer.pongReceived = now;
  peer.pingSent = 0;
  peer.health = "good";
}
