// What the figures were measured on, and with.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { disqueServer } from "./sockets/server.js";

const PEERS = ["ioredis", "iovalkey", "redis", "redis-parser", "thunk-disque"];

/**
 * @typedef {object} Machine
 * @property {string} processor
 * @property {string} system
 * @property {string} server
 * @property {Record<string, string>} versions
 */

/** @returns {Machine} */
export function machine() {
  const [{ model } = { model: "unknown processor" }] = cpus();
  return {
    processor: `${model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    // What comes behind names whoever built the kernel.
    system: `${type()} ${release().split(".", 2).join(".")}`,
    server: serverVersion(),
    versions: {
      node: process.versions.node,
      v8: process.versions.v8,
      disque: versionIn("../package.json"),
      ...Object.fromEntries(PEERS.map((name) => [name, versionIn(`node_modules/${name}/package.json`)])),
    },
  };
}

/** @param {string} path */
function versionIn(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
}

function serverVersion() {
  if (disqueServer === null) return "no disque-server";
  try {
    const [, version = "unknown"] =
      /v=(\S+)/.exec(execFileSync(disqueServer, ["--version"], { encoding: "utf8" })) ?? [];
    return `disque-server ${version}`;
  } catch {
    return "disque-server of unknown version";
  }
}
