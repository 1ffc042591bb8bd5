import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Loads a CommonJS module and what it requires anew. V8 learns for each loaded copy of a function which values it meets,
 * so one copy that is asked for strings does not slow down another that is asked for buffers: each option of a peer runs as
 * fast as if it were alone in the process.
 *
 * @param {string} name
 * @returns {any}
 */
export function fresh(name) {
  for (const path of Object.keys(require.cache)) delete require.cache[path];
  return require(name);
}
