// npm run conformance -- host:port [host:port host:port]
//
// Compares a server that speaks Disque's protocol with Disque 1.0-rc1, as its scripts recorded it, and prints a table.
// With three nodes of one cluster it runs the scripts about clusters instead. DELETES ALL JOBS on these servers, and
// changes their configuration.

import { obstacle, runSuite, table } from "./suite.ts";

const USAGE = "npm run conformance -- host:port [host:port host:port]";

async function main(args: readonly string[]): Promise<void> {
  if (args.length === 0) return fail(USAGE);
  const nodes: { host: string; port: number }[] = [];
  for (const address of args) {
    const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(address) ?? [];
    if (host === undefined) return fail(`an address is host:port, not ${address}`);
    nodes.push({ host, port: Number(port) });
  }
  const reason = await obstacle(nodes);
  if (reason !== null) return fail(reason);
  const results = await runSuite(nodes, ({ difference }) =>
    process.stderr.write(difference === null ? "." : "x"),
  );
  process.stderr.write("\n");
  console.log(table(results));
  if (results.some(({ difference }) => difference !== null)) process.exitCode = 1;
}

function fail(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

await main(process.argv.slice(2));
