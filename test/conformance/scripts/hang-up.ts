import {
  call,
  callOn,
  closed,
  end,
  receive,
  reset,
  type Script,
  type Step,
  script,
  sendOn,
  wait,
} from "../script.ts";

/**
 * Takes steps while the server sleeps, so that it reads what they send in one turn of its event loop, in order. The
 * server takes a job off its queue when it runs ADDJOB, and writes the reply at the end of the turn, if the client is
 * still there: networking.c, freeClient and handleClientsWithPendingWrites.
 */
function inOneTurn(...steps: readonly Step[]): Step[] {
  return [sendOn("sleeper", "DEBUG SLEEP 0.3"), wait(150), ...steps, wait(300), receive("sleeper", "+OK")];
}

const oneWaits: readonly Step[] = [
  callOn("sleeper", "PING", "+PONG"),
  sendOn("waiter", "GETJOB FROM q"),
  callOn("sync", "QSTAT q", ":1", (reply) => reply[9] ?? ""),
];

const stuck: readonly Step[] = [
  call("QLEN q", ":0"),
  call("JSCAN QUEUE q STATE active", ["$0", [/^\+<id 05a[01]>$/]]),
];

/** The jobs that are lost when a client hangs up while its GETJOB waits. */
export const hangUpScripts: readonly Script[] = [
  script(
    "a job for a waiting client that half-closes in the same turn is not delivered until its retry time is over",
    ...oneWaits,
    ...inOneTurn(sendOn("main", "ADDJOB q body 0 RETRY 2"), end("waiter")),
    receive("main", "+<id 05a1>"),
    closed("waiter"),
    ...stuck,
    callOn("sync", "GETJOB NOHANG FROM q", "*-1"),
    wait(3000),
    call("GETJOB WITHCOUNTERS FROM q", [
      ["$q", "$<id 05a1>", "$body", "$nacks", ":0", "$additional-deliveries", ":1"],
    ]),
  ),
  script(
    "a job with RETRY 0 for a waiting client that half-closes in the same turn is lost",
    ...oneWaits,
    ...inOneTurn(sendOn("main", "ADDJOB q body 0 RETRY 0"), end("waiter")),
    receive("main", "+<id 05a0>"),
    closed("waiter"),
    ...stuck,
    wait(1500),
    call("GETJOB NOHANG FROM q", "*-1"),
  ),
  script(
    "a job for a waiting client whose connection is reset in the same turn is not delivered either",
    ...oneWaits,
    ...inOneTurn(sendOn("main", "ADDJOB q body 0"), reset("waiter")),
    receive("main", "+<id 05a1>"),
    ...stuck,
  ),
  script(
    "a job stays in the queue if the waiting client hung up before it was added, in the same turn",
    ...oneWaits,
    ...inOneTurn(end("waiter"), wait(20), sendOn("main", "ADDJOB q body 0")),
    receive("main", "+<id 05a1>"),
    call("QLEN q", ":1"),
  ),
  script(
    "a job stays in the queue if the waiting client's connection was reset before it was added, in the same turn",
    ...oneWaits,
    ...inOneTurn(reset("waiter"), wait(20), sendOn("main", "ADDJOB q body 0")),
    receive("main", "+<id 05a1>"),
    call("QLEN q", ":1"),
  ),
  script(
    "the next waiting client gets a job if the one before it has hung up",
    ...oneWaits,
    callOn("next", "PING", "+PONG"),
    sendOn("next", "GETJOB FROM q"),
    callOn("sync", "QSTAT q", ":2", (reply) => reply[9] ?? ""),
    ...inOneTurn(end("waiter"), wait(20), sendOn("main", "ADDJOB q body 0")),
    receive("main", "+<id 05a1>"),
    receive("next", [["$q", "$<id 05a1>", "$body"]]),
  ),
];
