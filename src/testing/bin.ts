#!/usr/bin/env node
import { parseArgs } from "node:util";
import { TestCluster } from "./cluster.ts";

const USAGE = `Usage: disque-testing [options]

Starts Disque nodes in memory, for tests and trials. They keep nothing on disk.

  --port <port>        port of the first node; further nodes use the ports after it (default 7711)
  --nodes <count>      number of nodes, which form a cluster (default 1)
  --host <address>     address to listen on (default 127.0.0.1)
  --password <text>    password that clients must send with AUTH (default none)
  --verbose            print a line for each client and each command
  --help               print this text

Prints the address of each node, and runs until it is interrupted.`;

const MAX_NODES = 100;

class UsageError extends Error {}

interface Options {
  readonly port: number;
  readonly nodes: number;
  readonly host: string | undefined;
  readonly password: string | undefined;
  readonly verbose: boolean;
}

/** Returns null for `--help`. */
function readOptions(args: readonly string[]): Options | null {
  const { values } = parse(args);
  if (values.help) return null;
  const port = integer("port", values.port, 0, 65_535);
  const nodes = integer("nodes", values.nodes, 1, MAX_NODES);
  if (port !== 0 && port + nodes - 1 > 65_535)
    throw new UsageError("--port: there are too few ports after it for --nodes");
  return { port, nodes, host: values.host, password: values.password, verbose: values.verbose };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "7711" },
        nodes: { type: "string", default: "1" },
        host: { type: "string" },
        password: { type: "string" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}`);
}

async function run({ port, nodes, host, password, verbose }: Options): Promise<void> {
  const cluster = await TestCluster.start(nodes, {
    port,
    host,
    password,
    isolated: true,
    log: verbose ? (line) => console.log(line) : undefined,
  });
  // The nodes keep running when nobody reads the output any more, as in `disque-testing | head -1`.
  process.stdout.on("error", () => {});
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void cluster.stop());
  for (const address of cluster.addresses) console.log(address);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else await run(options);
} catch (error) {
  // The cause is the arguments or the system, so a stack trace would not help.
  console.error(`disque-testing: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
