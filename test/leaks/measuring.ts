import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TestCluster } from "../../src/testing/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import type { Report } from "./growth.ts";

export interface Measurement {
  readonly scenario: string;
  readonly iterations: number;
  /** The number of parts; a footprint is taken after each. Even, so that there is a middle. */
  readonly parts: number;
  readonly on?: "disque/testing" | "real servers";
  /** Whether each iteration leaks something on purpose. */
  readonly keeping?: "nothing" | "everything";
}

const LEAKING = fileURLToPath(new URL("leaking.js", import.meta.url));
/** Node warns that counting objects is experimental. */
const FLAGS = ["--expose-gc", "--disable-warning=ExperimentalWarning"];

/** Runs a scenario in a separate process on a cluster of three. Rejects if that process fails. */
export async function measure(measurement: Measurement): Promise<Report> {
  const { scenario, iterations, parts, on = "disque/testing", keeping = "nothing" } = measurement;
  await using cluster = await (on === "real servers" ? RealCluster.start(3) : TestCluster.start(3));
  // Coverage data would be counted too.
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
