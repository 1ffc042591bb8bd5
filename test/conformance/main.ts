// npm run conformance -- host:port [host:port host:port]
//
// Compares a server that speaks Disque's protocol with Disque 1.0-rc1, as its scripts recorded it, and prints a table.
// With three nodes of one cluster it runs the scripts about clusters as well. DELETES ALL JOBS on these servers, and
// changes their configuration.

import { runSuite, table } from "./suite.ts";

const nodes = process.argv.slice(2).map((address) => {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined) throw new TypeError(`an address is host:port, not ${address}`);
  return { host, port: Number(port) };
});
if (nodes.length === 0) throw new TypeError("npm run conformance -- host:port [host:port host:port]");

const results = await runSuite(nodes, ({ difference }) =>
  process.stderr.write(difference === null ? "." : "x"),
);
process.stderr.write("\n");
console.log(table(results));
if (results.some(({ difference }) => difference !== null)) process.exitCode = 1;
