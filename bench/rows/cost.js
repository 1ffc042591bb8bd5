// What a call's features cost, used and unused: bars have no say here, these are for information.

import { figure, skipped } from "../outcome.js";
import { dialect, Server } from "../sockets/server.js";
import { Stage } from "../stage.js";
import { SMALL, WARM_UP } from "./socket.js";

const ID = "cost/features";
const WORK = "client CPU per `addJob` of 100 bytes, 1,024 in flight, by what is used of the client";
const VARIANTS = [
  "disque",
  "disque, with a signal",
  "disque, with a commandTimeout",
  "disque, traced",
  "disque/resp, Connection.send",
  "raw socket",
];

/** @type {import("./index.js").Row[]} */
export const costRows = [{ id: ID, run }];

/**
 * @param {import("./index.js").RowOptions} options
 * @returns {Promise<import("../outcome.js").Outcome[]>}
 */
async function run(options) {
  if (dialect !== "disque") return [skipped(ID, WORK, "no disque-server was found")];
  const server = await Server.start();
  try {
    const stage = await Stage.set("sockets/contender.js", VARIANTS, {
      port: server.port,
      dialect,
      buffers: false,
    });
    /** @type {import("../sockets/contender.js").Order} */
    const order = {
      work: "add",
      inFlight: 1024,
      ...SMALL,
      count: options.quick ? 10_000 : 40_000,
    };
    const taken = await stage.play(order, { ...options, warmUp: WARM_UP }, { after: () => server.clear() });
    await stage.end();
    const figures = [...taken].map(([name, rounds]) =>
      figure(
        { name, ours: name === "disque", peer: false },
        rounds.map(({ cpu }) => cpu / order.count),
      ),
    );
    return [{ id: ID, work: WORK, unit: "µs a call", better: "less", figures, bars: [], notes: [] }];
  } finally {
    server.stop();
  }
}
