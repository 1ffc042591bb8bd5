// Clients for Redis and its forks. What they would tell or ask the server first is turned off where it is Redis's alone.

import { generic } from "./generic.js";

/**
 * @param {import("./clients.js").Target} target
 * @param {boolean} enableAutoPipelining Commands of one turn leave in one write.
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function ioredis({ port, dialect, buffers }, enableAutoPipelining) {
  const { Redis } = await import("ioredis");
  const redis = new Redis({
    port,
    host: "127.0.0.1",
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    lazyConnect: true,
    enableAutoPipelining,
  });
  await redis.connect();
  return viaCall(redis, dialect, buffers);
}

/**
 * @param {import("./clients.js").Target} target
 * @param {boolean} enableAutoPipelining
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function iovalkey({ port, dialect, buffers }, enableAutoPipelining) {
  const { Redis } = await import("iovalkey");
  const redis = new Redis({
    port,
    host: "127.0.0.1",
    enableReadyCheck: false,
    lazyConnect: true,
    enableAutoPipelining,
  });
  await redis.connect();
  return viaCall(redis, dialect, buffers);
}

/**
 * @param {import("./clients.js").Target} target
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function nodeRedis({ port, dialect, buffers }) {
  const { createClient, RESP_TYPES } = await import("redis");
  const redis = createClient({ socket: { port, host: "127.0.0.1" }, RESP: 2, disableClientInfo: true });
  // It demands a listener; whatever is lost rejects its own call as well.
  redis.on("error", () => {});
  await redis.connect();
  const options = buffers ? { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } : undefined;
  return generic(
    dialect,
    (command) => redis.sendCommand(command, options),
    () => redis.destroy(),
  );
}

/**
 * @param {any} redis
 * @param {import("../sockets/server.js").Dialect} dialect
 * @param {boolean} buffers
 */
function viaCall(redis, dialect, buffers) {
  const end = () => redis.disconnect();
  if (buffers) return generic(dialect, (command) => redis.callBuffer(...command), end);
  return generic(dialect, (command) => redis.call(...command), end);
}
