import { setTimeout as delay } from "node:timers/promises";
import { run, type Target } from "./run.ts";
import type { Script } from "./script.ts";
import { clusterTopics, nodeTopics } from "./scripts/index.ts";

export interface Result {
  readonly topic: string;
  readonly script: string;
  /** What differs from Disque 1.0-rc1; null if nothing does. */
  readonly difference: string | null;
}

/**
 * Runs all scripts against servers: those about one node on the first, and those about a cluster if there are three. Calls
 * back with each result.
 */
export async function runSuite(
  nodes: Target["nodes"],
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [topics, target] of [
    [nodeTopics, nodes.slice(0, 1)],
    [nodes.length < 3 ? {} : clusterTopics, nodes],
  ] as const) {
    for (const [topic, scripts] of Object.entries(topics)) {
      for (const script of scripts) {
        const difference = await attempt(script, {
          nodes: target,
          wait: async (ms) => void (await delay(ms)),
        });
        const result = { topic, script: script.name, difference };
        results.push(result);
        onResult(result);
      }
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
