// Connections for lanes, without what a node has to say.

import type { Dial } from "../../src/cluster/lane.ts";
import { Connection, type ConnectionOptions, type Endpoint } from "../../src/resp/index.ts";

/** Connects there, and shakes no hands. */
export function dialTo(endpoint: Endpoint, options: ConnectionOptions = {}): Dial {
  return async (signal, onClose) => ({
    connection: await Connection.open({ ...endpoint, ...options, signal, onClose }),
    hello: { version: 1, id: "", nodes: [] },
    dialect: "disque",
  });
}
