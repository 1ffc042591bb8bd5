// How much a cluster costs a client.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Disque } from "../../dist/index.js";
import { addAll, forEachClient } from "../clients.js";
import { costOf } from "../measure.js";

/** @typedef {import("../row.js").Row} Row */

/** @type {Row} */
const adding = {
  id: "cluster/addjob",
  work: "`addJob` of 100 bytes with default replication on three nodes, 1,024 in flight",
  figures: { rate: { unit: "jobs/s", better: "more" }, cpu: { unit: "µs a job" } },
  nodes: 3,
  warmUp: 1,
  contenders: forEachClient((client, { scale }) => {
    const count = 10_000 * scale;
    return () => costOf(count, () => addAll(client, "0123456789".repeat(10), count, 1_024));
  }),
  bars: [{ figure: "rate", of: "the best peer", least: 2.5 }],
};

/** Connects a client to a server that announces `count` nodes. */
async function connectedToAnnounced(count, options = {}) {
  const server = fork(fileURLToPath(new URL("../announcing.js", import.meta.url)), [`${count}`]);
  const [port] = await once(server, "message");
  const disque = new Disque(`127.0.0.1:${port}`, options);
  await disque.connect();
  return disque;
}

function calling(count) {
  return async ({ scale }) => {
    const disque = await connectedToAnnounced(count);
    const id = `D-${disque.connectedNode?.id.slice(0, 8)}-`.padEnd(35, "x").concat("-05a1");
    const batches = 200 * scale;
    return () =>
      costOf(batches * 100, async () => {
        for (let batch = 0; batch < batches; batch++) {
          const adding = Array.from({ length: 50 }, () => disque.addJob("mail", "body"));
          await Promise.all([...adding, ...Array.from({ length: 50 }, () => disque.ackJob(id))]);
        }
      });
  };
}

/** @type {Row} */
const routing = {
  id: "cluster/calls",
  work: "`addJob` and `ackJob` of an id, 100 in flight, by how many nodes are announced",
  figures: { cpu: { unit: "µs a call" }, rate: { unit: "calls/s", better: "more" } },
  warmUp: 8,
  contenders: { "disque, 3 nodes": calling(3), "disque, 1,000 nodes": calling(1_000) },
  bars: [{ figure: "cpu", ours: "disque, 1,000 nodes", of: "disque, 3 nodes", most: 1.1 }],
};

/** @type {Row} */
const refreshing = {
  id: "cluster/refresh",
  work: "a refresh of the node list, with 1,000 nodes announced",
  figures: { cpu: { unit: "ms a refresh" } },
  contenders: {
    disque: async () => {
      const disque = await connectedToAnnounced(1_000, { refreshInterval: 20 });
      return async () => {
        const count = 25;
        const { cpu } = await costOf(count, async () => {
          // One node changes its priority with each HELLO, so each refresh finds a change.
          for (let seen = 0; seen < count; seen++) await once(disque, "topology");
        });
        return { cpu: cpu / 1_000 };
      };
    },
  },
  bars: [{ figure: "cpu", most: 3 }],
};

export const clusterRows = [adding, refreshing, routing];
