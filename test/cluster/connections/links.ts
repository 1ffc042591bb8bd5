// Connections without a handshake.

import type { Connect } from "../../../src/cluster/connections/persistent-connection.ts";
import { withholding } from "../../../src/cluster/connections/secrets.ts";
import { Connection, type ConnectionOptions, type Endpoint } from "../../../src/resp/index.ts";

export function connectTo(endpoint: Endpoint, options: ConnectionOptions = {}): Connect {
  return async (signal, onClose) => ({
    connection: await Connection.open({ ...endpoint, ...options, signal, onClose }),
    hello: { version: 1, id: "", nodes: [] },
    dialect: "disque",
    withhold: withholding(undefined),
  });
}
