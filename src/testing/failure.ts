import type { Peer } from "./peers.ts";

/** cluster.h, CLUSTER_FAIL_REPORT_VALIDITY_MULT: the number of node timeouts for which a failure report remains valid. */
const REPORT_VALIDITY = 2;

/** Sets PFAIL (possible failure) for a peer whose pong is overdue: cluster.c, clusterCron. Returns whether this call set it. */
export function markPfailIfNeeded(peer: Peer, now: number, nodeTimeout: number): boolean {
  const late = peer.port !== 0 && peer.pingSent !== 0 && now - peer.pingSent > nodeTimeout;
  if (!late || peer.health !== "ok") return false;
  peer.health = "pfail";
  return true;
}

/** Adds or deletes the failure report of another node about a peer: cluster.c, clusterProcessGossipSection. */
export function updateFailureReport(peer: Peer, reporter: string, failing: boolean, now: number): void {
  if (failing) peer.failureReports.set(reporter, now);
  else peer.failureReports.delete(reporter);
}

/**
 * Turns PFAIL into FAIL once the majority of all nodes, including this one, reports the peer as failing: cluster.c,
 * markNodeAsFailingIfNeeded. Returns whether this call did so.
 */
export function markFailIfNeeded(peer: Peer, now: number, nodeTimeout: number, clusterSize: number): boolean {
  if (peer.health !== "pfail") return false;
  for (const [reporter, time] of peer.failureReports) {
    if (now - time > nodeTimeout * REPORT_VALIDITY) peer.failureReports.delete(reporter);
  }
  if (peer.failureReports.size + 1 < Math.floor(clusterSize / 2) + 1) return false;
  peer.health = "fail";
  return true;
}

/** Clears PFAIL and FAIL of a peer that has answered: cluster.c, clearNodeFailureIfNeeded. */
export function clearFailure(peer: Peer, now: number): void {
  peer.pongReceived = now;
  peer.pingSent = 0;
  peer.health = "ok";
}
