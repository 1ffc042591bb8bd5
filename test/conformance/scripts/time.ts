import { call, callOn, closed, keep, receive, type Script, script, sendOn, wait } from "../script.ts";

const TOOLATE =
  "-TOOLATE Half of job TTL already elapsed, you are no longer allowed to postpone the next delivery.";

/** These wait on a real server, so they are few, and their waits are shared. */
export const timeScripts: readonly Script[] = [
  script(
    "delayed jobs, jobs whose retry time has passed, and jobs too old",
    sendOn("delayed", "GETJOB FROM delayed"),
    callOn("sync", "PING", "+PONG"),
    call("ADDJOB delayed d 0 DELAY 1 RETRY 0", "+<id 05a0>"),
    call("ADDJOB retried r 0 RETRY 1", "+<id 05a1>"),
    call("GETJOB FROM retried", [["$retried", "$<id 05a1>", "$r"]]),
    call("ADDJOB paused p 0 RETRY 1", "+<id 05a1>"),
    call("GETJOB FROM paused", [["$paused", "$<id 05a1>", "$p"]]),
    call("PAUSE paused in", "+in"),
    keep("late", "ADDJOB late l 0 TTL 3", "+<id 0001>"),
    call("WORKING {late}", ":1"),
    wait(1900),
    receive("delayed", [["$delayed", "$<id 05a0>", "$d"]]),
    call("GETJOB WITHCOUNTERS FROM retried", [
      ["$retried", "$<id 05a1>", "$r", "$nacks", ":0", "$additional-deliveries", ":1"],
    ]),
    call("WORKING {late}", TOOLATE),
    call("QLEN paused", ":0"),
    call("PAUSE paused none", "+none"),
    wait(2300),
    call("QLEN paused", ":1"),
    call("SHOW {late}", "$-1"),
    call("QLEN late", ":0"),
  ),
  script(
    "CLIENT PAUSE holds up commands, and not those who wait already",
    sendOn("a", "GETJOB FROM q"),
    callOn("sync", "PING", "+PONG"),
    call("ADDJOB q 1 0 DELAY 1", "+<id 05a1>"),
    call("CLIENT PAUSE 1500", "+OK"),
    sendOn("main", "PING"),
    wait(1500),
    receive("a", [["$q", "$<id 05a1>", "$1"]]),
    receive("main", "+PONG"),
    call("CLIENT PAUSE 0", "+OK"),
    call("PING", "+PONG"),
  ),
  script(
    "no more clients than maxclients",
    call("CONFIG SET maxclients 1", "+OK"),
    closed("b", "-ERR max number of clients reached\r\n"),
    call("CONFIG SET maxclients 100", "+OK"),
    callOn("c", "PING", "+PONG"),
  ),
  script(
    "idle clients are closed",
    callOn("idle", "PING", "+PONG"),
    callOn("waiting", "PING", "+PONG"),
    sendOn("waiting", "GETJOB FROM q"),
    call("CONFIG SET timeout 1", "+OK"),
    // Whoever speaks stays.
    ...Array.from({ length: 4 }, () => [wait(600), call("PING", "+PONG")]).flat(),
    call("CONFIG SET timeout 0", "+OK"),
    closed("idle"),
    call("ADDJOB q 1 0", "+<id 05a1>"),
    receive("waiting", [["$q", "$<id 05a1>", "$1"]]),
  ),
  script(
    "DEBUG SLEEP shows in the latency monitor",
    call("CONFIG SET latency-monitor-threshold 20", "+OK"),
    sendOn("a", "DEBUG SLEEP 0.05"),
    wait(50),
    receive("a", "+OK"),
    call("LATENCY LATEST", [["$command", ":<seconds>"]], (reply) =>
      typeof reply === "string" ? reply : reply.map((event) => [event[0] ?? "", event[1] ?? ""]),
    ),
    call("LATENCY HISTORY command", [[":<seconds>", /^:[56]\d$/]], (reply) =>
      typeof reply === "string" ? reply : reply.map((sample) => [sample[0] ?? "", ":50"]),
    ),
    call("LATENCY GRAPH command", /^\$command - high /, () => "$command - high "),
    call("LATENCY RESET command", ":1"),
    call("CONFIG SET latency-monitor-threshold 0", "+OK"),
  ),
];
