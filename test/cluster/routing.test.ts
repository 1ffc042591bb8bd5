import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { originRoutes, routes } from "../../src/cluster/routing.ts";
import type { Topology } from "../../src/cluster/topology.ts";
import { Job, type JobRef } from "../../src/commands/job.ts";
import { announced, at, hello, id, topology } from "./hellos.ts";

const A = "10.0.0.1:7711";
const B = "10.0.0.2:7711";

const known = topology([A]);
known.applyHello(at(known, A), hello("aaaaaaaa1", announced("aaaaaaaa1", A), announced("bbbbbbbb2", B)));

function jobId(prefix: string, n = 0): string {
  return `D-${prefix}-ABCDEFGHIJKLMNOPQRSTUV${String(n).padStart(2, "0")}-05a1`;
}

function job(prefix: string, fetchedFrom: string): Job {
  return new Job({
    id: jobId(prefix),
    queue: "q",
    body: Buffer.alloc(0),
    node: fetchedFrom === "" ? "" : id(fetchedFrom),
  });
}

function routed(jobs: readonly JobRef[], topology: Topology = known): [string | undefined, number[]][] {
  return routes(jobs, topology).map((route) => [
    route.node?.name,
    route.jobs.map((each) => jobs.indexOf(each)),
  ]);
}

describe("a command about a job goes", () => {
  it("to the node that the job was fetched from", () => {
    assert.deepEqual(routed([job("aaaaaaaa", "bbbbbbbb2")]), [[B, [0]]]);
    assert.deepEqual(routed([job("bbbbbbbb", "aaaaaaaa1")]), [[A, [0]]]);
  });

  it("to the node that it was added on, which its id names", () => {
    for (const ref of [jobId("bbbbbbbb"), { id: jobId("bbbbbbbb") }, job("bbbbbbbb", "")])
      assert.deepEqual(routed([ref]), [[B, [0]]]);
  });

  it("to the node that the job was added on if the one it was fetched from is unknown", () => {
    assert.deepEqual(routed([job("bbbbbbbb", "cccccccc3")]), [[B, [0]]]);
  });

  it("to the current node if both are unknown", () => {
    for (const ref of [jobId("cccccccc"), { id: jobId("cccccccc") }, job("cccccccc", "dddddddd")])
      assert.deepEqual(routed([ref]), [[undefined, [0]]]);
  });

  it("to the current node if it is the only one", () => {
    const alone = topology([A]);
    alone.applyHello(at(alone, A), hello("aaaaaaaa", announced("aaaaaaaa", A)));
    assert.deepEqual(routed([jobId("aaaaaaaa"), job("bbbbbbbb", "aaaaaaaa")], alone), [[undefined, [0, 1]]]);
  });

  it("to the current node while no id is known", () => {
    assert.deepEqual(routed([jobId("aaaaaaaa"), job("bbbbbbbb", "")], topology([A, B])), [
      [undefined, [0, 1]],
    ]);
  });
});

describe("a command about several jobs", () => {
  it("is split by node; the jobs of each node keep their order", () => {
    const jobs = [
      jobId("bbbbbbbb", 1),
      jobId("aaaaaaaa", 2),
      job("aaaaaaaa", "bbbbbbbb2"),
      jobId("cccccccc", 3),
      { id: jobId("aaaaaaaa", 4) },
      jobId("dddddddd", 5),
      jobId("bbbbbbbb", 6),
    ];
    assert.deepEqual(routed(jobs), [
      [B, [0, 2, 6]],
      [A, [1, 4]],
      [undefined, [3, 5]],
    ]);
  });

  it("has no route without jobs", () => {
    assert.deepEqual(routed([]), []);
  });
});

describe("jobs that a node imported", () => {
  it("are grouped by the node that they were added on", () => {
    const jobs = [
      job("aaaaaaaa", "bbbbbbbb2"),
      job("bbbbbbbb", "bbbbbbbb2"),
      job("bbbbbbbb", "aaaaaaaa1"),
      job("aaaaaaaa", "bbbbbbbb2"),
    ];
    const found = originRoutes(jobs, known).map(({ node, jobs: ids }) => [node?.name, ids]);
    assert.deepEqual(found, [
      [A, [jobId("aaaaaaaa"), jobId("aaaaaaaa")]],
      [B, [jobId("bbbbbbbb")]],
    ]);
  });

  it("have no such route if the node that they were added on, or fetched from, is unknown", () => {
    const jobs = [
      job("cccccccc", "bbbbbbbb2"),
      jobId("aaaaaaaa"),
      { id: jobId("aaaaaaaa") },
      job("aaaaaaaa", ""),
    ];
    assert.deepEqual(originRoutes(jobs, known), []);
    const alone = topology([A]);
    assert.deepEqual(originRoutes([job("aaaaaaaa", "bbbbbbbb2")], alone), []);
  });
});
