import { bigInteger, saturatedInteger } from "./arguments.ts";
import { globMatches } from "./glob.ts";

/** Normalizes a value to the text that CONFIG GET shows; null for an invalid value. `old` is the current text. */
type Read = (value: string, old: string) => string | null;

interface Parameter {
  value: string;
  /** The value as a number, converted once because several parameters are read for each command. */
  number: number;
  /** Null when CONFIG SET does not support the parameter. */
  readonly read: Read | null;
}

/**
 * The parameters in the order of configGetCommand (config.c). Of those that can be set, `requirepass`, `maxclients`,
 * `maxmemory`, `maxmemory-policy`, `timeout`, `slowlog-*`, `latency-monitor-threshold`, `client-output-buffer-limit` and
 * `cluster-node-timeout` take effect; `appendonly` and `hz` only change what INFO shows; the others are only stored.
 */
export class Config {
  readonly #parameters: Map<string, Parameter>;

  constructor(given: Readonly<Record<string, string>>) {
    this.#parameters = new Map(
      DEFAULTS.map(([name, initial, read]) => {
        const value = given[name] ?? initial;
        return [name, { value, number: Number(value), read }];
      }),
    );
  }

  get(name: string): string {
    return this.#parameters.get(name)?.value ?? "";
  }

  number(name: string): number {
    return this.#parameters.get(name)?.number ?? 0;
  }

  /** All parameters whose name matches the pattern, as alternating names and values. */
  matching(pattern: string): string[] {
    return [...this.#parameters].flatMap(([name, parameter]) =>
      globMatches(pattern, name) ? [name, parameter.value] : [],
    );
  }

  set(name: string, value: string): "done" | "unsupported" | "invalid" {
    const parameter = this.#parameters.get(name);
    if (parameter === undefined || parameter.read === null) return "unsupported";
    const text = parameter.read(value, parameter.value);
    if (text === null) return "invalid";
    parameter.value = text;
    parameter.number = Number(text);
    return "done";
  }
}

/** Reads a 64-bit number, truncated to the size of the server's variable. */
function number(min: number, bits: 32 | 64 = 64): Read {
  return (text) => {
    const value = bigInteger(text);
    return value === null || value < min ? null : String(BigInt.asIntN(bits, value));
  };
}

function unsigned(text: string): string | null {
  const value = bigInteger(text);
  return value === null || value < 0 ? null : String(BigInt.asUintN(32, value));
}

function oneOf(...names: string[]): Read {
  return (text) => (names.includes(text.toLowerCase()) ? text.toLowerCase() : null);
}

const yesNo = oneOf("yes", "no");

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["b", 1n],
  ["k", 1000n],
  ["kb", 1024n],
  ["m", 1000n ** 2n],
  ["mb", 1024n ** 2n],
  ["g", 1000n ** 3n],
  ["gb", 1024n ** 3n],
]);
/** Maximum number of digits in a size: the buffer in memtoll holds no more. */
const MAX_DIGITS = 127;

/** util.c, memtoll: a size in bytes, with an optional unit. The product wraps around at 64 bits. */
const memory: Read = (text) => {
  const [, digits = "", unit = ""] = /^(-?\d*)(.*)$/s.exec(text) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  if (factor === undefined || digits.length > MAX_DIGITS) return null;
  const bytes = BigInt.asIntN(64, saturatedInteger(digits) * factor);
  return bytes < 0n ? null : String(bytes);
};

/** Groups of four words: client class, hard limit, soft limit, seconds. The only class is `normal`. */
const outputLimits: Read = (text, old) => {
  if (text === "") return old;
  const words = text.split(" ");
  if (words.length % 4 !== 0) return null;
  const invalid = words.some((word, at) =>
    at % 4 === 0
      ? word.toLowerCase() !== "normal"
      : !/^\s*[+-]?\d+$|^$/.test(word) || saturatedInteger(word.trim()) < 0n,
  );
  if (invalid) return null;
  const [hard = 0n, soft = 0n, seconds = 0n] = words.slice(-3).map((word) => saturatedInteger(word.trim()));
  return `normal ${hard} ${soft} ${BigInt.asIntN(32, seconds)}`;
};

const hertz: Read = (text, old) => {
  const value = number(0, 32)(text, old);
  return value === null ? null : String(Math.min(Math.max(Number(value), 1), 500));
};

/** CONFIG_AUTHPASS_MAX_LEN in Disque's config.c. */
const password: Read = (text) => (text.length > 512 ? null : text);

const DEFAULTS: readonly (readonly [name: string, value: string, read: Read | null])[] = [
  ["requirepass", "", password],
  ["unixsocket", "", null],
  ["logfile", "", null],
  ["pidfile", "/var/run/disque.pid", null],
  ["maxmemory", "1073741824", memory],
  ["maxmemory-samples", "5", number(1, 32)],
  ["timeout", "0", number(0, 32)],
  ["auto-aof-rewrite-percentage", "100", number(0, 32)],
  ["auto-aof-rewrite-min-size", "67108864", number(0)],
  ["slowlog-log-slower-than", "10000", number(0)],
  ["latency-monitor-threshold", "0", number(0)],
  ["slowlog-max-len", "128", unsigned],
  ["port", "0", null],
  ["tcp-backlog", "511", null],
  ["databases", "16", null],
  ["maxclients", "10000", number(1)],
  ["watchdog-period", "0", number(0, 32)],
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
