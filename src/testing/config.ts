import { integer } from "./arguments.ts";
import { globMatches } from "./glob.ts";

/** The text that CONFIG GET shows for a value, or null when the value is not allowed. */
type Read = (value: string) => string | null;

interface Parameter {
  value: string;
  /** Null when CONFIG SET does not know the parameter. */
  readonly read: Read | null;
}

/**
 * The parameters of config.c, configGetCommand, in its order. `requirepass`, `maxclients`, `maxmemory`, `timeout`,
 * `slowlog-*`, `latency-monitor-threshold` and `appendonly` (what INFO says) take effect; the rest is remembered.
 */
export class Config {
  readonly #parameters: Map<string, Parameter>;

  constructor(given: Readonly<Record<string, string>>) {
    this.#parameters = new Map(
      DEFAULTS.map(([name, value, read]) => [name, { value: given[name] ?? value, read }]),
    );
  }

  get(name: string): string {
    return this.#parameters.get(name)?.value ?? "";
  }

  number(name: string): number {
    return Number(this.get(name));
  }

  /** Names and values in turn, of all parameters that match the pattern. */
  matching(pattern: string): string[] {
    return [...this.#parameters].flatMap(([name, parameter]) =>
      globMatches(pattern, name) ? [name, parameter.value] : [],
    );
  }

  set(name: string, value: string): "done" | "unsupported" | "invalid" {
    const parameter = this.#parameters.get(name);
    if (parameter === undefined || parameter.read === null) return "unsupported";
    const text = parameter.read(value);
    if (text === null) return "invalid";
    parameter.value = text;
    return "done";
  }
}

function number(least: number, most: number = Number.POSITIVE_INFINITY): Read {
  return (text) => {
    const value = integer(Buffer.from(text, "latin1"));
    return value === null || value < least || value > most ? null : String(value);
  };
}

function oneOf(...names: string[]): Read {
  return (text) => (names.includes(text.toLowerCase()) ? text.toLowerCase() : null);
}

const yesNo = oneOf("yes", "no");

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};

/** util.c, memtoll: a number of bytes with a unit. */
const memory: Read = (text) => {
  const [, digits, unit] = /^(-?\d*)(.*)$/s.exec(text) ?? [];
  const factor = UNITS[unit?.toLowerCase() ?? ""];
  if (factor === undefined || digits?.startsWith("-")) return null;
  return String(Number(digits) * factor);
};

/** Groups of client class, hard limit, soft limit and seconds; there is one class, `normal`. */
const outputLimits: Read = (text) => {
  const words = text.split(" ");
  if (words.length % 4 !== 0) return null;
  const wrong = words.some((word, at) =>
    at % 4 === 0 ? word.toLowerCase() !== "normal" : number(0)(word) === null,
  );
  return wrong ? null : ["normal", ...words.slice(-3).map(Number)].join(" ");
};

const hertz: Read = (text) => {
  const value = number(0)(text);
  return value === null ? null : String(Math.min(Math.max(Number(value), 1), 500));
};

/** config.c, CONFIG_AUTHPASS_MAX_LEN. */
const password: Read = (text) => (text.length > 512 ? null : text);

const DEFAULTS: readonly (readonly [name: string, value: string, read: Read | null])[] = [
  ["requirepass", "", password],
  ["unixsocket", "", null],
  ["logfile", "", null],
  ["pidfile", "/var/run/disque.pid", null],
  ["maxmemory", "1073741824", memory],
  ["maxmemory-samples", "5", number(1)],
  ["timeout", "0", number(0)],
  ["auto-aof-rewrite-percentage", "100", number(0)],
  ["auto-aof-rewrite-min-size", "67108864", number(0)],
  ["slowlog-log-slower-than", "10000", number(0)],
  ["latency-monitor-threshold", "0", number(0)],
  ["slowlog-max-len", "128", number(0)],
  ["port", "0", null],
  ["tcp-backlog", "511", null],
  ["databases", "16", null],
  ["maxclients", "10000", number(1)],
  ["watchdog-period", "0", number(0)],
  ["hz", "10", hertz],
  ["cluster-node-timeout", "15000", number(0)],
  ["tcp-keepalive", "no", yesNo],
  ["no-appendfsync-on-rewrite", "no", null],
  ["daemonize", "no", null],
  ["activerehashing", "yes", yesNo],
  ["aof-rewrite-incremental-fsync", "yes", yesNo],
  ["aof-load-truncated", "yes", yesNo],
  ["aof-enqueue-jobs-once", "no", yesNo],
  ["maxmemory-policy", "acks", oneOf("acks", "noeviction")],
  ["loglevel", "notice", oneOf("debug", "verbose", "notice", "warning")],
  ["appendfsync", "everysec", oneOf("everysec", "always", "no")],
  ["syslog-facility", "local0", null],
  ["appendonly", "no", yesNo],
  ["dir", ".", (text) => text],
  ["client-output-buffer-limit", "normal 0 0 0", outputLimits],
  ["unixsocketperm", "0", null],
  ["bind", "", null],
];
