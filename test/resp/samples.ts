// Replies as Disque sends them: the bytes and the value they stand for.

import { type Reply, ReplyError } from "../../src/resp/index.ts";

export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
  readonly value: Reply;
}

const ID = "D-dcb833cf-8YL1NT17e9+wsA/09NqxscQI-05a1";
const OWN = "dcb833cf8f42fbb7924d92335ff6d67d3cea6e3d";
const OTHER = "f0e2ac4fc0ae2b5ac5e9e0a5e5a2d2a0a6e3d1f7";

export function bulk(content: string | Buffer): Buffer {
  const body = Buffer.from(content);
  return Buffer.concat([Buffer.from(`$${body.length}\r\n`), body, Buffer.from("\r\n")]);
}

export function array(...items: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items]);
}

export function line(content: string): Buffer {
  return Buffer.from(`${content}\r\n`);
}

const BINARY = Buffer.from([0, 13, 10, 0xff, 36, 53, 13, 10, 0, 0xc3, 0x28, 13]);
const UNICODE = "é € 漢字 🦆 e\u0301";

export const samples: readonly Sample[] = [
  sample("PING", line("+PONG"), "PONG"),
  sample("an empty simple string", line("+"), ""),
  sample("a simple string beyond ASCII", line(`+${UNICODE}`), UNICODE),
  sample("ADDJOB", line(`+${ID}`), ID),
  sample("an error", line("-NOREPL Timeout reached"), new ReplyError("NOREPL Timeout reached")),
  sample("an error of one word", line("-LEAVING"), new ReplyError("LEAVING")),
  sample("ACKJOB", line(":1"), 1),
  sample("an integer below zero", line(":-42"), -42),
  sample("a time in nanoseconds", line(":1764000000123456789"), 1764000000123456789n),
  sample("SHOW of an unknown job", line("$-1"), null),
  sample("GETJOB that timed out", line("*-1"), null),
  sample("no elements", line("*0"), []),
  sample("an empty bulk string", bulk(""), Buffer.alloc(0)),
  sample("a body of arbitrary bytes", bulk(BINARY), BINARY),
  sample(
    "a body that looks like replies",
    bulk("+OK\r\n$3\r\nabc\r\n*1\r\n"),
    Buffer.from("+OK\r\n$3\r\nabc\r\n*1\r\n"),
  ),
  sample(
    "HELLO",
    array(
      line(":1"),
      bulk(OWN),
      array(bulk(OWN), bulk(""), bulk("7711"), bulk("1")),
      array(bulk(OTHER), bulk("127.0.0.1"), bulk("7712"), bulk("10")),
    ),
    [1, Buffer.from(OWN), bytes(OWN, "", "7711", "1"), bytes(OTHER, "127.0.0.1", "7712", "10")],
  ),
  sample(
    "GETJOB WITHCOUNTERS",
    array(
      array(
        bulk("mail"),
        bulk(ID),
        bulk(UNICODE),
        bulk("nacks"),
        line(":2"),
        bulk("additional-deliveries"),
        line(":1"),
      ),
      array(
        bulk("mail"),
        bulk(ID),
        bulk(BINARY),
        bulk("nacks"),
        line(":0"),
        bulk("additional-deliveries"),
        line(":0"),
      ),
    ),
    [
      [...bytes("mail", ID, UNICODE, "nacks"), 2, Buffer.from("additional-deliveries"), 1],
      [...bytes("mail", ID), BINARY, Buffer.from("nacks"), 0, Buffer.from("additional-deliveries"), 0],
    ],
  ),
  sample(
    "SHOW",
    array(
      ...[bulk("id"), bulk(ID), bulk("queue"), bulk("mail"), bulk("state"), bulk("queued")],
      ...[bulk("repl"), line(":1"), bulk("ttl"), line(":86400"), bulk("ctime"), line(":1764000000123000000")],
      ...[bulk("nodes-delivered"), array(bulk(OWN), bulk(OTHER)), bulk("nodes-confirmed"), line("*0")],
      ...[bulk("next-requeue-within"), line("$-1"), bulk("body"), bulk("")],
    ),
    [
      ...[...bytes("id", ID, "queue", "mail", "state", "queued", "repl"), 1, Buffer.from("ttl"), 86400],
      ...[Buffer.from("ctime"), 1764000000123000000n, Buffer.from("nodes-delivered"), bytes(OWN, OTHER)],
      ...[Buffer.from("nodes-confirmed"), [], Buffer.from("next-requeue-within"), null, ...bytes("body", "")],
    ],
  ),
  sample(
    "QSTAT",
    array(
      bulk("name"),
      bulk("mail"),
      bulk("len"),
      line(":7"),
      bulk("import-from"),
      line("*0"),
      bulk("pause"),
      bulk("none"),
    ),
    [...bytes("name", "mail", "len"), 7, Buffer.from("import-from"), [], ...bytes("pause", "none")],
  ),
  sample("the last page of QSCAN", array(bulk("0"), array(bulk("mail"), bulk("ünïcode"))), [
    Buffer.from("0"),
    bytes("mail", "ünïcode"),
  ]),
  sample(
    "JSCAN REPLY all",
    array(
      bulk("18446744073709551615"),
      array(array(bulk("id"), bulk(ID), bulk("body"), bulk(BINARY)), line("*-1")),
    ),
    [Buffer.from("18446744073709551615"), [[...bytes("id", ID, "body"), BINARY], null]],
  ),
  sample("JSCAN of ids", array(bulk("0"), array(line(`+${ID}`), line(`+${ID}`))), [
    Buffer.from("0"),
    [ID, ID],
  ]),
  sample(
    "INFO",
    bulk("# Server\r\ndisque_version:1.0-rc1\r\n\r\n# Clients\r\nconnected_clients:1\r\n"),
    Buffer.from("# Server\r\ndisque_version:1.0-rc1\r\n\r\n# Clients\r\nconnected_clients:1\r\n"),
  ),
  sample("an error inside of an array", array(line("+OK"), line("-OOM no memory"), line(":3")), [
    "OK",
    new ReplyError("OOM no memory"),
    3,
  ]),
  sample(
    "arrays within arrays",
    array(array(array(line("*0"), line(":1")), line("+a")), line("*-1"), line("$-1")),
    [[[[], 1], "a"], null, null],
  ),
];

function sample(name: string, encoded: Buffer, value: Reply): Sample {
  return { name, bytes: encoded, value };
}

function bytes(...texts: string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text));
}
