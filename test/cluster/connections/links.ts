// Connections without a handshake.

import { redactorFor } from "../../../src/cluster/connections/handshake.ts";
import type { Connect } from "../../../src/cluster/connections/persistent-connection.ts";
import { Connection, type ConnectionOptions, type Endpoint } from "../../../src/resp/index.ts";

export function connectTo(endpoint: Endpoint, options: ConnectionOptions = {}): Connect {
  return async (signal, onClose) => ({
    connection: await Connection.open({ ...endpoint, ...options, signal, onClose }),
    hello: { version: 1, id: "", nodes: [] },
    dialect: "disque",
    redactor: redactorFor(undefined),
  });
}
