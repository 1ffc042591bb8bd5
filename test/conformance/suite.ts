import { setTimeout as delay } from "node:timers/promises";
import { run, type Target } from "./run.ts";
import type { Script } from "./script.ts";
import { clusterTopics, nodeTopics } from "./scripts/index.ts";
import { WireClient } from "./wire.ts";

export interface Result {
  readonly topic: string;
  readonly script: string;
  /** What differs from Disque 1.0-rc1; null if nothing does. */
  readonly difference: string | null;
}

/** How many nodes the scripts about a cluster need. */
const CLUSTER_SIZE = 3;

/** Why the scripts cannot run against these servers; null if they can. */
export async function obstacle(nodes: Target["nodes"]): Promise<string | null> {
  if (nodes.length !== 1 && nodes.length !== CLUSTER_SIZE) {
    return `the scripts take one server, or ${CLUSTER_SIZE} nodes of a cluster, not ${nodes.length}`;
  }
  for (const { host, port } of nodes) {
    const failure = await failureOf(host, port, nodes.length);
    if (failure !== null) return `${host}:${port}: ${failure}`;
  }
  return null;
}

/** Asks one server what Disque servers answer, and changes nothing on it. */
async function failureOf(host: string, port: number, size: number): Promise<string | null> {
  try {
    const client = await WireClient.connect(host, port);
    try {
      const info = String(await client.call("CLUSTER", "INFO"));
      if (/^-NOAUTH/.test(info)) return "the scripts do not know its password";
      const known = /^\$cluster_state:.*\r\ncluster_known_nodes:(\d+)\r\n/.exec(info)?.[1];
      if (known === undefined) return `it is not Disque: CLUSTER INFO got ${JSON.stringify(info)}`;
      return Number(known) === size ? null : `it knows ${known} nodes, itself included, and not ${size}`;
    } finally {
      client.destroy();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Runs all scripts about one node against a server, or those about a cluster against three nodes. Calls back with each
 * result.
 */
export async function runSuite(
  nodes: Target["nodes"],
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  // A node of a cluster does not answer like one alone: it replicates jobs, for example.
  for (const [topic, scripts] of Object.entries(nodes.length === 1 ? nodeTopics : clusterTopics)) {
    for (const script of scripts) {
      const difference = await attempt(script, { nodes, wait: async (ms) => void (await delay(ms)) });
      const result = { topic, script: script.name, difference };
      results.push(result);
      onResult(result);
    }
  }
  return results;
}

async function attempt(script: Script, target: Target): Promise<string | null> {
  try {
    await run(script, target);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A table of how many scripts of each topic passed, and the differences below it. */
export function table(results: readonly Result[]): string {
  const topics = [...new Set(results.map(({ topic }) => topic))];
  const width = Math.max(...topics.map((topic) => topic.length), "topic".length);
  const row = (topic: string, passed: string, differs: string): string =>
    `${topic.padEnd(width)}  ${passed.padStart(6)}  ${differs.padStart(7)}`;
  const rows = topics.map((topic) =>
    count(
      topic,
      results.filter((result) => result.topic === topic),
    ),
  );
  const lines = [row("topic", "passed", "differs"), ...rows, count("all", results)];
  for (const { topic, script, difference } of results) {
    if (difference !== null)
      lines.push("", `${topic}: ${script}`, ...difference.split("\n").map((line) => `  ${line}`));
  }
  return lines.join("\n");

  function count(topic: string, of: readonly Result[]): string {
    const differs = of.filter(({ difference }) => difference !== null).length;
    return row(topic, String(of.length - differs), String(differs));
  }
}
