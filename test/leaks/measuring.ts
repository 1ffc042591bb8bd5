import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TestCluster } from "../../src/testing/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import type { Report } from "./growth.ts";

export interface Measurement {
  readonly scenario: string;
  readonly iterations: number;
  /** In how many parts; what is held is looked at after each. Even, for the middle. */
  readonly parts: number;
  readonly on?: "disque/testing" | "real servers";
  /** What it keeps of each iteration, on purpose. */
  readonly keeping?: "nothing" | "everything";
}

const LEAKING = fileURLToPath(new URL("leaking.js", import.meta.url));
/** What Node says of the counting of objects, that it may come to be another way. */
const FLAGS = ["--expose-gc", "--disable-warning=ExperimentalWarning"];

/** Has a scenario gone through by a process of its own, on a cluster of three. Rejects unless that ends well. */
export async function measure(measurement: Measurement): Promise<Report> {
  const { scenario, iterations, parts, on = "disque/testing", keeping = "nothing" } = measurement;
  await using cluster = await (on === "real servers" ? RealCluster.start(3) : TestCluster.start(3));
  // What is noted for the coverage would be counted too.
  const { NODE_V8_COVERAGE: _, ...env } = process.env;
  const args = [LEAKING, scenario, String(iterations), String(parts), keeping, ...cluster.addresses];
  const child = spawn(process.execPath, [...FLAGS, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  const [code] = await exited;
  if (code !== 0) throw new Error(`the process of ${scenario} ended with ${code}`);
  return JSON.parse(output);
}
