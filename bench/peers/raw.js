import { commands } from "../sockets/commands.js";
import { encoded, RawSocket } from "../sockets/raw.js";

/**
 * No client at all, as the measure of what a client can reach.
 *
 * @param {import("./clients.js").Target} target
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function raw({ port, dialect }) {
  const socket = await RawSocket.connect(port);
  const { add, linesOfAdd } = commands[dialect];
  const unused = () => {
    throw new Error("a raw socket only adds");
  };
  return {
    add: unused,
    get: unused,
    ack: unused,
    body: unused,
    flood: (body, count, inFlight) => socket.flood(encoded(add(body)), count, inFlight, linesOfAdd),
    end: () => socket.destroy(),
  };
}
