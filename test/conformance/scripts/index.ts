import type { Script } from "../script.ts";
import { clientScripts } from "./client.ts";
import { clusterScripts } from "./cluster.ts";
import { configScripts } from "./config.ts";
import { copyScripts } from "./copies.ts";
import { federationScripts } from "./federation.ts";
import { getjobScripts } from "./getjob.ts";
import { hangUpScripts } from "./hang-up.ts";
import { jobScripts } from "./jobs.ts";
import { nodeScripts } from "./nodes.ts";
import { protocolScripts } from "./protocol.ts";
import { queueScripts } from "./queues.ts";
import { scanScripts } from "./scan.ts";
import { serverScripts } from "./server.ts";
import { timeScripts } from "./time.ts";

/** The scripts for one node, by topic. */
export const nodeTopics: Readonly<Record<string, readonly Script[]>> = {
  jobs: jobScripts,
  queues: queueScripts,
  getjob: getjobScripts,
  "hang up": hangUpScripts,
  scan: scanScripts,
  server: serverScripts,
  config: configScripts,
  client: clientScripts,
  cluster: clusterScripts,
  protocol: protocolScripts,
  time: timeScripts,
};

/** The scripts for a cluster of three nodes, by topic. */
export const clusterTopics: Readonly<Record<string, readonly Script[]>> = {
  nodes: nodeScripts,
  copies: copyScripts,
  federation: federationScripts,
};
