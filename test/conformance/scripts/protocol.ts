import { callOn, closed, receive, type Script, script, write } from "../script.ts";

function violation(name: string, bytes: string, text: string): Script {
  return script(name, write("a", bytes), closed("a", `-ERR Protocol error: ${text}\r\n`));
}

export const protocolScripts: readonly Script[] = [
  script(
    "commands may be lines of words",
    write("a", "PING\r\n"),
    receive("a", "+PONG"),
    write("a", "  ping   hello  \r\n"),
    receive("a", "$hello"),
    write("a", 'ping "two words\\x41\\n"\r\n'),
    receive("a", "$two wordsA\n"),
    write("a", "ping 'it\\'s'\r\n"),
    receive("a", "$it's"),
    write("a", "\r\n\r\nPING\r\n"),
    receive("a", "+PONG"),
    write("a", 'ping ""\r\n'),
    receive("a", "+PONG"),
    write("a", "QLEN q"),
    write("a", "\r\n"),
    receive("a", ":0"),
  ),
  script(
    "a line may end in a line feed alone, which takes the byte behind it with it",
    write("a", "PING\n"),
    receive("a", "+PONG"),
    write("a", "PING\nPING\r\n"),
    receive("a", "+PONG"),
    receive("a", "-ERR unknown command 'ING'"),
  ),
  script(
    "commands may come in pieces, many at once, and with empty ones between",
    write("a", "*2\r\n$4\r\nPI"),
    write("a", "NG\r\n$3\r\na\r"),
    write("a", "b\r\n*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n*1\r\n"),
    receive("a", "$a\rb"),
    receive("a", "+PONG"),
    write("a", "$4\r\nping\r\n"),
    receive("a", "+PONG"),
  ),
  violation("a negative bulk length", "*1\r\n$-1\r\n", "invalid bulk length"),
  violation("a bulk length that is no number", "*1\r\n$x\r\n", "invalid bulk length"),
  violation("a bulk length with a zero in front", "*1\r\n$04\r\nPING\r\n", "invalid bulk length"),
  violation("a bulk length above 512 MB", "*1\r\n$536870913\r\n", "invalid bulk length"),
  violation("something else than a bulk string", "*1\r\n:4\r\n", "expected '$', got ':'"),
  violation("nothing where a bulk string should be", "*1\r\n\r\n", "expected '$', got ' '"),
  violation("an array length that is no number", "*x\r\n", "invalid multibulk length"),
  violation("more than 1,048,576 arguments", "*1048577\r\n", "invalid multibulk length"),
  violation("unbalanced quotes", 'PING "x\r\n', "unbalanced quotes in request"),
  violation("text behind a quote", 'PING "x"y\r\n', "unbalanced quotes in request"),
  violation("an endless line", "x".repeat(70_000), "too big inline request"),
  violation("an endless array length", `*${"1".repeat(70_000)}`, "too big mbulk count string"),
  violation("an endless bulk length", `*1\r\n$${"1".repeat(70_000)}`, "too big bulk count string"),
  script(
    "replies before a violation still arrive, and nothing behind it is run",
    write("a", "PING\r\n*1\r\n$x\r\nPING\r\n"),
    closed("a", "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n"),
    callOn("b", "PING", "+PONG"),
  ),
];
