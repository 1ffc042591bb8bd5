// What a broken or hostile node may send instead of a reply.

import type { Socket } from "node:net";

/** The bytes to send, or what to do with the connection. */
export type Answer = string | ((socket: Socket) => void);

export const ANSWERS: Readonly<Record<string, Answer>> = {
  "nothing at all": "",
  "a half-close": (socket) => void socket.end(),
  "a reset": (socket) => void socket.resetAndDestroy(),
  "a line of text": "what?\r\n",
  "an empty line": "\r\n",
  HTTP: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
  "a TLS alert": "\x15\x03\x01\x00\x02\x02\x46",
  "zero bytes": "\0".repeat(64),
  "a RESP3 map": "%1\r\n$6\r\nserver\r\n$6\r\ndisque\r\n",
  "a RESP3 null": "_\r\n",
  "an incomplete bulk string": "$50\r\nabc\r\n",
  "a bulk string that is longer than announced": "$3\r\nabcdef\r\n",
  "a bulk string of negative length": "$-2\r\n",
  "a bulk string of too many bytes": "$99999999999\r\n",
  "an incomplete array": "*3\r\n:1\r\n",
  "an array of negative length": "*-2\r\n",
  "an array of too many elements": "*99999999999\r\n",
  "arrays nested too deep": "*1\r\n".repeat(40),
  "an integer with a letter": ":12a\r\n",
  "an integer beyond 64 bits": ":9223372036854775808\r\n",
  "the smallest integer": ":-9223372036854775808\r\n",
  "a line that ends with LF": "+OK\n",
  "a line that never ends": `+${"x".repeat(70_000)}`,
  "an error without words": "-\r\n",
  "an error with terminal escapes": "-ERR \u001b[31m\u0007\u202e\r\n",
  "LOADING forever": "-LOADING Disque is loading the dataset in memory\r\n",
  "LEAVING forever": "-LEAVING this node is leaving the cluster\r\n",
  NOAUTH: "-NOAUTH Authentication required.\r\n",
  "a null array": "*-1\r\n",
  "an array of other kinds": "*4\r\n:1\r\n-ERR inside\r\n*0\r\n$1\r\na\r\n",
  "more replies than commands": "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n",
};
