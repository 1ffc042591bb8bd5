import type { JobRef } from "../commands/job.ts";
import type { Member, Topology } from "./topology.ts";

/** Jobs that one command can be sent about, and to which node; to the current one where none is named. */
export interface Route {
  readonly member: Member | undefined;
  readonly jobs: readonly JobRef[];
}

/**
 * Jobs are settled where they were fetched, since a node without a copy does nothing for most commands; given only an
 * id, where they were born, which the id tells.
 */
export function routes(jobs: readonly JobRef[], topology: Topology): Route[] {
  if (topology.members.length === 1) return [{ member: undefined, jobs }];
  const byMember = new Map<Member | undefined, JobRef[]>();
  for (const job of jobs) {
    const member = memberOf(job, topology);
    const together = byMember.get(member);
    if (together === undefined) byMember.set(member, [job]);
    else together.push(job);
  }
  return Array.from(byMember, ([member, together]) => ({ member, jobs: together }));
}

function memberOf(job: JobRef, topology: Topology): Member | undefined {
  if (typeof job === "string") return topology.byPrefix(birthplace(job));
  const fetchedFrom = "node" in job && typeof job.node === "string" ? topology.byId(job.node) : undefined;
  return fetchedFrom ?? topology.byPrefix(birthplace(job.id));
}

/** The first eight hex digits of the id of the node that a job was born on (job.c, generateJobID). */
export function birthplace(jobId: string): string {
  return jobId.slice(2, 10);
}
