import type { Wire } from "../../conformance/wire.ts";
import type { Argument } from "./generator.ts";

const JOB_ID = /D-[0-9a-f]{8}-[A-Za-z0-9+/]{24}-[0-9a-f]{4}/g;
/** Fields whose values depend on the time, or on the machine. */
const TIMED = ["ttl", "ctime", "next-requeue-within", "next-awake-within", "age", "idle", "import-rate"];
const OF_THE_MACHINE = [
  "port",
  "dir",
  "pidfile",
  "logfile",
  "unixsocket",
  "maxclients",
  "bind",
  "watchdog-period",
];

/** The ids that one of the two servers gave to the jobs and nodes. */
export class Names {
  readonly #jobs = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #nodes: readonly string[];

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes;
  }

  get jobs(): number {
    return this.#ids.length;
  }

  /** The number of the node on which each job was added, which its id contains. */
  get origins(): number[] {
    return this.#ids.map((id) => this.#nodes.findIndex((node) => node.startsWith(id.slice(2, 10))));
  }

  node(index: number): string {
    return this.#nodes[index] ?? "0".repeat(40);
  }

  fill(argument: Argument): string | Buffer {
    if (typeof argument === "string" || Buffer.isBuffer(argument)) return argument;
    return "job" in argument ? (this.#ids[argument.job] ?? "") : this.node(argument.node);
  }

  /**
   * Replaces ids in a reply with numbers that mean the same on both servers. New ids get the next numbers, except those in the
   * reply to a scan, whose order differs.
   */
  normalise(reply: Wire, learns: boolean = !isScan(reply)): Wire {
    if (typeof reply !== "string") return reply.map((element) => this.normalise(element, learns));
    return reply
      .replace(JOB_ID, (id) => this.#job(id, learns))
      .replace(/\b[0-9a-f]{40}\b/g, (id) => {
        const node = this.#nodes.indexOf(id);
        return node === -1 ? "<node>" : `<node-${node}>`;
      })
      .replace(/127\.0\.0\.1:\d+/g, "<address>")
      .replace(/^:\d{19}$/, ":<nanoseconds>");
  }

  #job(id: string, learns: boolean): string {
    let number = this.#jobs.get(id);
    // The id of an unknown node comes from the commands themselves, so both servers show the same.
    if (number === undefined && !this.#nodes.some((node) => node.startsWith(id.slice(2, 10)))) return id;
    if (number === undefined && !learns) return `<job ? ${id.slice(36)}>`;
    if (number === undefined) {
      number = this.#ids.length;
      this.#jobs.set(id, number);
      this.#ids.push(id);
    }
    return `<job ${number} ${id.slice(36)}>`;
  }
}

/**
 * Removes from a reply everything in which two servers may differ. The kind of reply is recognised by its shape: after CLIENT
 * REPLY OFF, or with commands behind one that waits, it is not known which command a reply belongs to.
 */
export function comparable(reply: Wire): Wire {
  if (typeof reply === "string") return reply.startsWith("$") ? text(reply) : reply;
  const [first, second] = reply;
  if (reply.length === 2 && isNumber(first) && isNumber(second)) return "<time>";
  if (reply.length === 2 && isNumber(first) && Array.isArray(second))
    return [first ?? "", sorted(second.map(fields))];
  if (first === ":1" && String(second).startsWith("$<node-")) {
    return [first, second ?? "", sorted(reply.slice(2).map((node) => [node[0] ?? "", node[3] ?? ""]))];
  }
  if (Array.isArray(first) && first.length === 4 && /^:\d+$/.test(String(first[1]))) return "<samples>";
  if (Array.isArray(first) && first.length === 6 && Array.isArray(first[2])) return sorted(reply);
  return fields(reply);
}

/** Whether the reply is a cursor and an array of results. */
function isScan(reply: Wire): boolean {
  return typeof reply !== "string" && reply.length === 2 && isNumber(reply[0]) && Array.isArray(reply[1]);
}

function isNumber(reply: Wire | undefined): boolean {
  return typeof reply === "string" && /^\$\d+$/.test(reply);
}

function text(reply: string): Wire {
  if (/^\$(# \w|cluster_state)/.test(reply)) {
    return reply.replace(/([a-z0-9_-]+)([:=])[^\r\n]*/g, "$1$2").replace(/cmdstat_\w+:(\r\n)?/g, "");
  }
  if (/^\$id=\d+ addr=/.test(reply)) return clients(reply);
  if (reply.includes(" myself")) {
    const lines = reply.slice(1).split("\n");
    return sorted(lines.map((line) => line.replace(/ \d+ \d+ /, " ").replace(/^(\S+) \S+/, "$1")));
  }
  return /^\$bits:|latency|threshold/.test(reply) ? "<text>" : reply;
}

/** The names, flags and last commands of the clients. */
function clients(reply: string): Wire {
  return sorted(
    reply
      .slice(1)
      .trim()
      .split("\n")
      .map((line) => (/ (name=\S* ).*(flags=\S* ).*(cmd=\S*)$/.exec(line) ?? []).slice(1).join("")),
  );
}

/** Hides the values of fields that depend on the time or the machine, in a flat array of names and values. */
function fields(reply: Wire): Wire {
  if (typeof reply === "string") return reply;
  // If only the acknowledgement of a job is known, its other numbers were never set.
  const unset = reply[0] === "$id" && reply[3] === "$-1";
  return reply.map((value, at) => {
    if (unset && at > 5 && typeof value === "string" && /^[:$]-?(\d+|<nano.*)$/.test(value)) return "<unset>";
    const name = at % 2 === 1 ? reply[at - 1] : undefined;
    const field = typeof name === "string" ? name.slice(1) : "";
    if (OF_THE_MACHINE.includes(field)) return "<machine>";
    if (TIMED.includes(field) && typeof value === "string")
      return value.replace(/\d+|<nanoseconds>/, "<time>");
    if (field === "nodes-delivered" || field === "nodes-confirmed" || field === "import-from")
      return sorted(value);
    return typeof value === "string" ? value : fields(value);
  });
}

function sorted(reply: Wire): Wire {
  return typeof reply === "string" ? reply : [...reply].map((element) => JSON.stringify(element)).sort();
}
