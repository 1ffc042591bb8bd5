// Redis with the Disque module, if DISQUE_MODULE names it and a redis-server is on the PATH.

import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Connection } from "../../src/resp/index.ts";
import { findOnPath, RealServer } from "./real-server.ts";

const { DISQUE_MODULE } = process.env;
const redis = findOnPath("redis-server");

/** The reason to skip a test that needs the module, for the `skip` option of node:test; false if it is available. */
export const skipWithoutModule: string | false =
  (!DISQUE_MODULE && "no Disque module: set DISQUE_MODULE to the path of its .so") ||
  (redis === null && "no redis-server on the PATH");

/** A cluster of one. It must have all slots, or Redis says that it is down whenever a call would wait. */
export async function startRealModule(): Promise<RealServer> {
  const server = await RealServer.start({
    executable: redis ?? "redis-server",
    args: [
      ...["--cluster-enabled", "yes", "--appendonly", "yes", "--aof-use-rdb-preamble", "yes", "--save", ""],
      ...["--loadmodule", resolve(DISQUE_MODULE ?? "")],
    ],
  });
  const connection = await Connection.open({ host: server.host, port: server.port });
  await connection.send(["CLUSTER", "ADDSLOTSRANGE", 0, 16_383]);
  while (!String(await connection.send(["CLUSTER", "INFO"])).includes("cluster_state:ok")) await delay(10);
  await connection.end();
  return server;
}
