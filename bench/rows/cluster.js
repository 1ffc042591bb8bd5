// Jobs that a cluster replicates before it answers: on one connection, each waits for the one before it.

import { aheadOfBest, skipped } from "../outcome.js";
import { dialect, startCluster } from "../sockets/server.js";
import { Stage } from "../stage.js";
import { outcome, PEERS, SMALL } from "./socket.js";

const NODES = 3;
const ID = "cluster/addjob";
const WORK = "`addJob` of 100 bytes with default replication on a cluster of three, 1,024 in flight";

/** @type {import("./index.js").Row[]} */
export const clusterRows = [{ id: ID, run }];

/**
 * @param {import("./index.js").RowOptions} options
 * @returns {Promise<import("../outcome.js").Outcome[]>}
 */
async function run(options) {
  if (dialect !== "disque") return [skipped(ID, WORK, "no disque-server was found")];
  const servers = await startCluster(NODES);
  try {
    const [{ port } = { port: 0 }] = servers;
    const stage = await Stage.set("sockets/contender.js", ["disque", ...PEERS], {
      port,
      dialect,
      buffers: false,
    });
    /** @type {import("../sockets/contender.js").Order} */
    const order = {
      work: "add",
      inFlight: 1024,
      ...SMALL,
      count: options.quick ? 4_000 : 8_000,
    };
    const after = async () => {
      for (const server of servers) await server.clear();
    };
    const taken = await stage.play(order, { ...options, warmUp: 1 }, { after });
    await stage.end();
    const speed = outcome(ID, WORK, "jobs/s", "more", taken, ({ seconds }) => order.count / seconds);
    speed.bars.push(aheadOfBest(speed, 2.5));
    speed.notes.push("All three nodes share one core.");
    return [speed];
  } finally {
    for (const server of servers) server.stop();
  }
}
