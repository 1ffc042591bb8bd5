import { commands } from "../sockets/commands.js";

/**
 * A client that does not know Disque, or is not to: it sends commands by its generic call.
 *
 * @param {import("../sockets/server.js").Dialect} dialect
 * @param {(command: import("../sockets/commands.js").Command) => Promise<any>} call
 * @param {() => unknown} end
 * @returns {import("./clients.js").Client}
 */
export function generic(dialect, call, end) {
  const { add, get, jobs, body, ack } = commands[dialect];
  return {
    add: (bytes, done, failed) => {
      call(add(bytes)).then(done, failed);
    },
    get: async (count) => jobs(await call(get(count))),
    ack: (fetched) => call(ack(fetched)),
    body,
    end,
  };
}
