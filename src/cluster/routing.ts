import { type JobRef, originPrefix } from "../commands/job.ts";
import type { KnownNode, Topology } from "./topology.ts";

/** The jobs of one command, and the node to send the command to; `undefined` means the primary node. */
export interface Route {
  readonly node: KnownNode | undefined;
  readonly jobs: readonly JobRef[];
}

/**
 * Groups jobs by the node to send them to. A job goes to the node it was fetched from, since most commands do nothing on a node
 * without a copy. A plain id goes to the node the job was added on: a job's id contains the beginning of that node's id.
 */
export function routes(jobs: readonly JobRef[], topology: Topology): Route[] {
  if (topology.nodes.length === 1) return [{ node: undefined, jobs }];
  const byNode = new Map<KnownNode | undefined, JobRef[]>();
  for (const job of jobs) {
    const node = nodeOf(job, topology);
    const group = byNode.get(node);
    if (group === undefined) byNode.set(node, [job]);
    else group.push(job);
  }
  return Array.from(byNode, ([node, group]) => ({ node, jobs: group }));
}

/**
 * Selects the jobs that were fetched from another node than their origin, the node they were added on, and groups them by
 * origin. Jobs whose origin is unknown are left out.
 */
export function originRoutes(jobs: readonly JobRef[], topology: Topology): Route[] {
  if (topology.nodes.length === 1) return [];
  const imported = jobs
    .filter((job) => isImported(job))
    .map((job) => (typeof job === "string" ? job : job.id));
  return imported.length === 0 ? [] : routes(imported, topology).filter(({ node }) => node !== undefined);
}

function isImported(job: JobRef): boolean {
  if (typeof job === "string" || !("node" in job) || typeof job.node !== "string") return false;
  return job.node !== "" && !job.node.startsWith(originPrefix(job.id));
}

function nodeOf(job: JobRef, topology: Topology): KnownNode | undefined {
  if (typeof job === "string") return topology.byPrefix(originPrefix(job));
  const fetchedFrom = "node" in job && typeof job.node === "string" ? topology.byId(job.node) : undefined;
  return fetchedFrom ?? topology.byPrefix(originPrefix(job.id));
}
