// What a cluster costs a client.

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

/** @type {Row} */
const refreshing = {
  id: "cluster/refresh",
  work: "a refresh of the node list, with 1,000 nodes announced",
  figures: { cpu: { unit: "ms a refresh" } },
  contenders: {
    disque: async () => {
      const server = fork(fileURLToPath(new URL("../announcing.js", import.meta.url)), ["1000"]);
      const [port] = await once(server, "message");
      const disque = new Disque(`127.0.0.1:${port}`, { refreshInterval: 20 });
      await disque.connect();
      return async () => {
        const count = 25;
        const { cpu } = await costOf(count, async () => {
          // One node changes its priority with each HELLO, so each refresh tells of a change.
          for (let seen = 0; seen < count; seen++) await once(disque, "topology");
        });
        return { cpu: cpu / 1_000 };
      };
    },
  },
  bars: [{ figure: "cpu", most: 3 }],
};

export const clusterRows = [adding, refreshing];
