import type { Peer } from "./peers.ts";

/** cluster.h, CLUSTER_FAIL_REPORT_VALIDITY_MULT: a report counts for that many node timeouts. */
const REPORT_VALIDITY = 2;

/** Suspects a peer whose ping has waited too long for its answer: cluster.c, clusterCron. Says whether it just did. */
export function suspect(peer: Peer, now: number, nodeTimeout: number): boolean {
  const late = peer.port !== 0 && peer.pingSent !== 0 && now - peer.pingSent > nodeTimeout;
  if (!late || peer.health !== "good") return false;
  peer.health = "suspected";
  return true;
}

/** Notes what another node says of a peer. */
export function hearReport(peer: Peer, reporter: string, failing: boolean, now: number): void {
  if (failing) peer.reports.set(reporter, now);
  else peer.reports.delete(reporter);
}

/**
 * A suspected peer has failed when the majority of all nodes, this one included, finds so: cluster.c,
 * markNodeAsFailingIfNeeded. Says whether it just did.
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

/** An answer clears any suspicion at once. */
export function acquit(peer: Peer, now: number): void {
  peer.pongReceived = now;
  peer.pingSent = 0;
  peer.health = "good";
}
