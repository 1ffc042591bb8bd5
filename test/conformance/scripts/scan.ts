import { call, keep, type Script, script } from "../script.ts";
import { counted, job, scanned } from "../views.ts";

const NOT_INTEGER = "-ERR value is not an integer or out of range";
const ID = "+<id 05a1>";

export const scanScripts: readonly Script[] = [
  script(
    "QSCAN returns the queues that match",
    call("QSCAN", ["$0", []]),
    call("ADDJOB one a 0", ID),
    call("ADDJOB two a 0", ID),
    call("ADDJOB two b 0", ID),
    call("GETJOB NOHANG FROM none", "*-1"),
    call("QSCAN", ["$0", ["$none", "$one", "$two"]], scanned),
    call("QSCAN 0", ["$0", ["$none", "$one", "$two"]], scanned),
    call("QSCAN COUNT 100 0", ["$0", ["$none", "$one", "$two"]], scanned),
    call("QSCAN 0 COUNT 1 BUSYLOOP", ["$0", ["$none", "$one", "$two"]], scanned),
    call("QSCAN COUNT -1", ["$0", ["$none", "$one", "$two"]], scanned),
    call("QSCAN MINLEN 1", ["$0", ["$one", "$two"]], scanned),
    call("QSCAN MINLEN 2", ["$0", ["$two"]], scanned),
    call("QSCAN MAXLEN 0 0", ["$0", ["$none"]], scanned),
    call("QSCAN minlen 1 maxlen 1", ["$0", ["$one"]], scanned),
    call("QSCAN IMPORTRATE 1", ["$0", []], scanned),
    call("QSCAN IMPORTRATE 0", ["$0", ["$none", "$one", "$two"]], scanned),
  ),
  script(
    "QSCAN and JSCAN reject unknown options",
    ...["QSCAN", "JSCAN"].flatMap((name) => [
      call(`${name} x`, "-ERR invalid cursor or option name"),
      call(`${name} 0 0`, "-ERR syntax error"),
      call(`${name} COUNT`, "-ERR invalid cursor or option name"),
      call(`${name} COUNT x`, NOT_INTEGER),
      call(`${name} 18446744073709551616`, "-ERR invalid cursor or option name"),
      call([name, " 1"], "-ERR invalid cursor or option name"),
      call([name, ""], ["$0", []]),
    ]),
    call("QSCAN MINLEN x", NOT_INTEGER),
    call("QSCAN MAXLEN x", NOT_INTEGER),
    call("QSCAN IMPORTRATE x", NOT_INTEGER),
    call("QSCAN STATE active", "-ERR invalid cursor or option name"),
    call("JSCAN STATE nonsense", "-ERR Invalid job state name"),
    call("JSCAN REPLY nonsense", "-ERR Invalid REPLY type, try ID or ALL"),
    call("JSCAN QUEUE", "-ERR invalid cursor or option name"),
  ),
  script(
    "cursors are unsigned 64-bit numbers",
    call("QSCAN 18446744073709551615", ["$0", []]),
    call("JSCAN 18446744073709551615", ["$0", []]),
    call("JSCAN -1", ["$0", []]),
  ),
  script(
    "JSCAN returns the jobs that match",
    keep("queued", "ADDJOB q a 0", ID),
    keep("delayed", "ADDJOB q b 0 DELAY 100", ID),
    keep("other", "ADDJOB r c 0 TTL 60", "+<id 0001>"),
    call("JSCAN", ["$0", [ID, ID, "+<id 0001>"].sort()], scanned),
    call("JSCAN QUEUE q", ["$0", [ID, ID]], scanned),
    call("JSCAN QUEUE r", ["$0", ["+<id 0001>"]], scanned),
    call("JSCAN QUEUE none", ["$0", []], scanned),
    call("JSCAN STATE active", ["$0", [ID]], scanned),
    call("JSCAN STATE queued QUEUE q", ["$0", [ID]], scanned),
    call("JSCAN STATE acked STATE wait-repl", ["$0", []], scanned),
    call("JSCAN STATE QUEUED STATE active REPLY ID", ["$0", [ID, ID, "+<id 0001>"].sort()], scanned),
    call("JSCAN 0 COUNT 1 BUSYLOOP", ["$0", [ID, ID, "+<id 0001>"].sort()], scanned),
    call("JSCAN QUEUE r REPLY ALL", /"\$ctime",":<nanoseconds>","\$delay",":0","\$retry",":6"/, (reply) => {
      const jobs = typeof reply === "string" ? reply : (reply[1] ?? "");
      return JSON.stringify(typeof jobs === "string" ? jobs : jobs.map(job));
    }),
  ),
  script(
    "a scan in one reply returns all of many queues",
    ...Array.from({ length: 250 }, (_, at) => call(`GETJOB NOHANG FROM queue-${at}`, "*-1")),
    call("QSCAN BUSYLOOP", "*250", (reply) => (typeof reply === "string" ? reply : counted(reply[1] ?? ""))),
    call("QSCAN COUNT 1000", "*250", (reply) =>
      typeof reply === "string" ? reply : counted(reply[1] ?? ""),
    ),
  ),
];
