import { call, callOn, closed, type Script, script, sendOn } from "../script.ts";
import { fields, flat, names, sorted, text } from "../views.ts";
import type { Wire } from "../wire.ts";

const SUBCOMMAND = "-ERR Unknown subcommand or wrong number of arguments.";

export const serverScripts: readonly Script[] = [
  script(
    "the names of commands are not case-sensitive",
    call("PING", "+PONG"),
    call("ping hello", "$hello"),
    call("PiNg a b", "-ERR wrong number of arguments for 'ping' command"),
    call("NONSENSE", "-ERR unknown command 'NONSENSE'"),
    call(["non\r\nsense\u0000more"], "-ERR unknown command 'non  sense'"),
    call("SELECT 0", "-ERR unknown command 'SELECT'"),
    call("hasOwnProperty", "-ERR unknown command 'hasOwnProperty'"),
  ),
  script(
    "TIME and HELLO",
    call("TIME", ["$0000000000", "$0"], (reply) =>
      typeof reply === "string"
        ? reply
        : // Microseconds have as many digits as it happens.
          reply.map((part, at) =>
            part
              .toString()
              .replace(at === 0 ? /\d/g : /\d+/, "0")
              .slice(0, 11),
          ),
    ),
    call("TIME x", "-ERR wrong number of arguments for 'time' command"),
    call("HELLO", '[":1","$<node>",["$<node>","$","$<port>","$1"]]', (reply) =>
      flat(reply).replace(/\d{4,5}/, "<port>"),
    ),
    call("HELLO 3", "-ERR wrong number of arguments for 'hello' command"),
  ),
  script(
    "INFO has the sections and fields of the server",
    call("INFO", /# Server.*# Clients.*# Memory.*# Jobs.*# Queues.*# Persistence.*# Stats.*# CPU/s, names),
    call("INFO default", /# CPU/, names),
    ...["server", "clients", "memory", "jobs", "queues", "persistence", "stats", "CPU"].map((section) =>
      call(`INFO ${section}`, new RegExp(`^\\$# ${section}\r\n`, "i"), names),
    ),
    call("INFO nonsense", "$"),
    call("INFO a b", "-ERR syntax error"),
    call("CONFIG RESETSTAT", "+OK"),
    call("PING", "+PONG"),
    call("INFO commandstats", /^cmdstat_config:calls=1,.*cmdstat_ping:calls=1,/, sortedStats),
    call("INFO all", "# Commandstats", (reply) => /# Commandstats/.exec(flat(reply))?.[0] ?? ""),
  ),
  script(
    "INFO counts jobs, queues and clients",
    call("ADDJOB q body 0", "+<id 05a1>"),
    sendOn("waiting", "GETJOB FROM other"),
    callOn("sync", "PING", "+PONG"),
    call("INFO jobs", ["registered_jobs:1"], fields("registered_jobs")),
    call("INFO queues", ["registered_queues:2"], fields("registered_queues")),
    call(
      "INFO clients",
      ["connected_clients:3", "blocked_clients:1"],
      fields("connected_clients", "blocked_clients"),
    ),
  ),
  script(
    "COMMAND describes all commands",
    call("COMMAND COUNT", ":32"),
    call("COMMAND", /"\$addjob",":-4",\["\+write","\+denyoom","\+fast"\]/, (reply) => flat(sorted(reply))),
    call("COMMAND INFO ADDJOB nonsense quit", [
      ["$addjob", ":-4", ["+write", "+denyoom", "+fast"], ":0", ":0", ":0"],
      "$-1",
      "$-1",
    ]),
    call("COMMAND INFO", []),
    call("COMMAND nonsense", SUBCOMMAND),
    call("COMMAND COUNT x", SUBCOMMAND),
  ),
  script(
    "AUTH without a password",
    call("AUTH secret", "-ERR Client sent AUTH, but no password is set"),
    call("AUTH", "-ERR wrong number of arguments for 'auth' command"),
  ),
  script(
    "with a password, only AUTH and QUIT are accepted before authentication",
    call("CONFIG SET requirepass secret", "+OK"),
    callOn("b", "PING", "-NOAUTH Authentication required."),
    callOn("b", "HELLO", "-NOAUTH Authentication required."),
    callOn("b", "NONSENSE", "-ERR unknown command 'NONSENSE'"),
    callOn("b", "PING a b c", "-NOAUTH Authentication required."),
    callOn("b", "QLEN", "-ERR wrong number of arguments for 'qlen' command"),
    callOn("b", "AUTH wrong", "-ERR invalid password"),
    callOn("b", "AUTH secret", "+OK"),
    callOn("b", "PING", "+PONG"),
    callOn("b", "AUTH wrong", "-ERR invalid password"),
    callOn("b", "PING", "-NOAUTH Authentication required."),
    callOn("c", "QUIT", "+OK"),
    closed("c"),
    callOn("b", "AUTH secret", "+OK"),
    callOn("b", ["CONFIG", "SET", "requirepass", ""], "+OK"),
    callOn("d", "PING", "+PONG"),
  ),
  script(
    "QUIT answers and closes, and commands behind it are not run",
    sendOn("a", "QUIT"),
    sendOn("a", "PING"),
    closed("a", "+OK\r\n"),
  ),
  script(
    "SHUTDOWN with a wrong argument does nothing",
    call("SHUTDOWN nonsense", "-ERR syntax error"),
    call("SHUTDOWN rewrite-aof x", "-ERR syntax error"),
  ),
  script(
    "DEBUG",
    call("DEBUG", "-ERR wrong number of arguments for 'debug' command"),
    call(["DEBUG", "ERROR", "CODE some\r\ntext"], "-CODE some  text"),
    call("DEBUG ERROR", "-ERR Unknown DEBUG subcommand or wrong number of arguments for 'ERROR'"),
    call("DEBUG nonsense", "-ERR Unknown DEBUG subcommand or wrong number of arguments for 'nonsense'"),
    call("DEBUG STRUCTSIZE", /^\$bits:64 job:\d+ queue:\d+ /),
    call("DEBUG SLEEP 0", "+OK"),
    call("DEBUG SLEEP x", "+OK"),
    call("DEBUG FLUSHALL", "+OK"),
    call("DEBUG RESTART x", "-ERR value is not an integer or out of range"),
  ),
  script(
    "SLOWLOG records slow commands",
    call("SLOWLOG RESET", "+OK"),
    call("CONFIG SET slowlog-log-slower-than 10000", "+OK"),
    call("SLOWLOG LEN", ":0"),
    call("SLOWLOG GET", []),
    call("CONFIG SET slowlog-log-slower-than 0", "+OK"),
    call(["PING", "x".repeat(200)], /^\$x{200}$/),
    call(`PING ${"a ".repeat(39)}a`, "-ERR wrong number of arguments for 'ping' command"),
    call("CONFIG SET slowlog-log-slower-than 10000000", "+OK"),
    call("SLOWLOG LEN", ":3"),
    call(
      "SLOWLOG GET 2",
      [
        ["$PING", ...Array.from({ length: 30 }, () => "$a"), "$... (10 more arguments)"],
        ["$PING", `$${"x".repeat(128)}... (72 more bytes)`],
      ],
      (reply) => (typeof reply === "string" ? reply : reply.map((entry) => entry[3] ?? "")),
    ),
    call("SLOWLOG GET 1", [":<id>", ":<seconds>", ":<us>"], (reply) =>
      typeof reply === "string" ? reply : [":<id>", reply[0]?.[1] ?? "", ":<us>"],
    ),
    call("SLOWLOG GET -1", ":3", (reply) => `:${reply.length}`),
    call("SLOWLOG GET 0", []),
    call("CONFIG SET slowlog-max-len 1", "+OK"),
    call("PING", "+PONG"),
    call("SLOWLOG LEN", ":1"),
    call("CONFIG SET slowlog-max-len 128", "+OK"),
    call("CONFIG SET slowlog-log-slower-than 10000", "+OK"),
    call("SLOWLOG RESET", "+OK"),
    call("SLOWLOG GET x", "-ERR value is not an integer or out of range"),
    call("SLOWLOG nonsense", "-ERR Unknown SLOWLOG subcommand or wrong # of args. Try GET, RESET, LEN."),
    call("SLOWLOG", "-ERR wrong number of arguments for 'slowlog' command"),
  ),
  script(
    "LATENCY",
    call("LATENCY LATEST", []),
    call("LATENCY HISTORY command", []),
    call("LATENCY GRAPH command", "-ERR No samples available for event 'command'"),
    call("LATENCY RESET", ":0"),
    call("LATENCY RESET command fork", ":0"),
    call("LATENCY DOCTOR", /^\$./, () => "$a text"),
    call("LATENCY nonsense", "-ERR syntax error"),
    call("LATENCY HISTORY", "-ERR syntax error"),
    call("LATENCY", "-ERR wrong number of arguments for 'latency' command"),
  ),
  script(
    "BGREWRITEAOF",
    call("BGREWRITEAOF x", "-ERR wrong number of arguments for 'bgrewriteaof' command"),
    call("BGREWRITEAOF", "+Background append only file rewriting started"),
  ),
];

/** Durations, and so the order of entries, differ from run to run. */
function sortedStats(reply: Wire): Wire {
  const stats = text((all) => all.replace(/(usec|usec_per_call)=[\d.]+/g, "$1="))(reply);
  return typeof stats === "string"
    ? stats
        .split("\r\n")
        .sort()
        .join(";")
        .replace(/^[^c]*/, "")
    : stats;
}
