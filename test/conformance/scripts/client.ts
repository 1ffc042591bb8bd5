import { call, callOn, closed, receive, type Script, script, sendOn, type View, write } from "../script.ts";
import { counted, names } from "../views.ts";

const USAGE = "-ERR Syntax error, try CLIENT (LIST | KILL ip:port | GETNAME | SETNAME connection-name)";

/** The last command of the client that connected most recently. */
const last: View = (reply) => /cmd=\S+\n$/.exec(String(reply))?.[0].trim() ?? "";

export const clientScripts: readonly Script[] = [
  script(
    "CLIENT LIST shows a client whose wait has just ended",
    sendOn("waiter", "GETJOB FROM q"),
    callOn("sync", "QLEN q", ":0"),
    write("main", "ADDJOB q body 0\r\nCLIENT LIST\r\n"),
    receive("main", "+<id 05a1>"),
    receive("main", "flags=u cmd=getjob", (reply) =>
      String(reply).replace(/^.*(flags=\S*) [^\n]* (cmd=getjob)\n.*$/s, "$1 $2"),
    ),
    receive("waiter", [["$q", "$<id 05a1>", "$body"]]),
  ),
  script(
    "CLIENT LIST shows commands with a wrong number of arguments, but not unknown commands",
    callOn("a", "AUTH", "-ERR wrong number of arguments for 'auth' command"),
    call("CLIENT LIST", "cmd=auth", last),
    callOn("a", "NONSENSE", "-ERR unknown command 'NONSENSE'"),
    call("CLIENT LIST", "cmd=NULL", last),
  ),
  script(
    "a client has a name once it has set one",
    call("CLIENT GETNAME", "$-1"),
    call("CLIENT SETNAME worker-1", "+OK"),
    call("CLIENT GETNAME", "$worker-1"),
    call(
      ["CLIENT", "SETNAME", "two words"],
      "-ERR Client names cannot contain spaces, newlines or special characters.",
    ),
    call(
      ["CLIENT", "SETNAME", "caf\u00e9"],
      "-ERR Client names cannot contain spaces, newlines or special characters.",
    ),
    call(["CLIENT", "SETNAME", ""], "+OK"),
    call("CLIENT GETNAME", "$-1"),
  ),
  script(
    "CLIENT LIST shows every client",
    call(
      "CLIENT LIST",
      /^\$id= addr= fd= name= age= idle= flags= qbuf= qbuf-free= obl= oll= omem= events= cmd=\n$/,
      (reply) =>
        typeof reply === "string"
          ? names(reply)
              .toString()
              .split("\n")
              .slice(-2)
              .join("\n")
              .replace(/^(?!\$)/, "$")
          : reply,
    ),
    call("CLIENT SETNAME me", "+OK"),
    call("CLIENT LIST", /^\$.* name=me .* flags=N .* cmd=client\n$/, (reply) =>
      typeof reply === "string"
        ? `$ ${/name=me .*\n/.exec(reply)?.[0].replace(/fd=\d+|age=\d+|idle=\d+|qbuf-free=\d+/g, "") ?? ""}`
        : reply,
    ),
  ),
  script(
    "CLIENT has these subcommands and no others",
    call("CLIENT", "-ERR wrong number of arguments for 'client' command"),
    call("CLIENT nonsense", USAGE),
    call("CLIENT LIST x", USAGE),
    call("CLIENT GETNAME x", USAGE),
    call("CLIENT SETNAME", USAGE),
    call("CLIENT REPLY", USAGE),
    call("CLIENT REPLY nonsense", "-ERR syntax error"),
    call("CLIENT PAUSE", USAGE),
    call("CLIENT PAUSE x", "-ERR timeout is not an integer or out of range"),
    call("CLIENT PAUSE -1", "-ERR timeout is negative"),
    call("CLIENT ID", USAGE),
  ),
  script(
    "CLIENT KILL",
    call("CLIENT KILL", "-ERR syntax error"),
    call("CLIENT KILL 1.2.3.4:5", "-ERR No such client"),
    call("CLIENT KILL ID x", "-ERR syntax error", () => "-ERR syntax error"),
    call("CLIENT KILL ID", "-ERR No such client"),
    call("CLIENT KILL ID 999999999", ":0"),
    call("CLIENT KILL ID x SKIPME no", "-ERR value is not an integer or out of range"),
    call("CLIENT KILL TYPE pubsub", "-ERR Unknown client type 'pubsub'"),
    call("CLIENT KILL SKIPME maybe", "-ERR syntax error"),
    call("CLIENT KILL NONSENSE x", "-ERR syntax error"),
    call("CLIENT KILL ADDR", "-ERR No such client"),
    callOn("a", "PING", "+PONG"),
    callOn("b", "PING", "+PONG"),
    sendOn("b", "GETJOB FROM q"),
    call("QLEN q", ":0"),
    call("CLIENT KILL TYPE normal", ":2"),
    closed("a"),
    closed("b"),
    call("CLIENT KILL TYPE normal SKIPME yes", ":0"),
    call("CLIENT KILL SKIPME no ADDR 1.2.3.4:5", ":0"),
    callOn("c", "CLIENT KILL TYPE normal SKIPME no", ":2"),
    closed("c"),
    closed("main"),
  ),
  script(
    "CLIENT REPLY",
    sendOn("a", "CLIENT REPLY OFF"),
    sendOn("a", "PING"),
    sendOn("a", "CLIENT REPLY SKIP"),
    sendOn("a", "PING"),
    sendOn("a", "CLIENT REPLY ON"),
    receive("a", "+OK"),
    callOn("a", "PING 1", "$1"),
    sendOn("a", "CLIENT REPLY SKIP"),
    sendOn("a", "PING 2"),
    callOn("a", "PING 3", "$3"),
    callOn("a", "CLIENT REPLY ON", "+OK"),
  ),
  script(
    "a GETJOB whose reply is skipped takes the jobs, and waits for one more",
    call("ADDJOB q 1 0", "+<id 05a1>"),
    sendOn("a", "CLIENT REPLY SKIP"),
    sendOn("a", "GETJOB FROM q"),
    sendOn("a", "QLEN q"),
    callOn("sync", "PING", "+PONG"),
    call("QLEN q", ":0"),
    call("ADDJOB q 2 0", "+<id 05a1>"),
    receive("a", [["$q", "$<id 05a1>", "$2"]]),
    receive("a", ":0"),
  ),
  script(
    "CLIENT REPLY SKIP skips the immediate reply of a command, not the reply after its wait",
    sendOn("a", "CLIENT REPLY SKIP"),
    sendOn("a", "GETJOB FROM q"),
    callOn("sync", "PING", "+PONG"),
    call("QSTAT q", "*20", counted),
    call("ADDJOB q 2 0", "+<id 05a1>"),
    receive("a", [["$q", "$<id 05a1>", "$2"]]),
  ),
  script(
    "MONITOR shows every command of all clients",
    callOn("a", "MONITOR", "+OK"),
    call(["PING", 'a"b\\\r\n\u0001\u00ff'], /^\$/),
    receive("a", /^\+<time> \[<address>\] "PING" "a\\"b\\\\\\r\\n\\x01\\xff"$/),
    call("NONSENSE", "-ERR unknown command 'NONSENSE'"),
    call("QLEN", "-ERR wrong number of arguments for 'qlen' command"),
    call("qlen q", ":0"),
    receive("a", /"qlen" "q"$/),
    call("MONITOR x", "-ERR wrong number of arguments for 'monitor' command"),
  ),
];
