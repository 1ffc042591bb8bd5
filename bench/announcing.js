// node announcing.js <count>: a server that announces this many nodes in its reply to HELLO, and answers ACKJOB with 1 and
// other commands with OK. The server runs in a process of its own, so that its work is not counted as the client's.

import { randomBytes } from "node:crypto";
import { createServer } from "node:net";

const bulk = (/** @type {string | number} */ value) => `$${`${value}`.length}\r\n${value}\r\n`;
const ids = Array.from({ length: Number(process.argv[2]) }, () => randomBytes(20).toString("hex"));
const [own = ""] = ids;
let hellos = 0;

const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    const commands = chunk.toString("latin1").match(/^(?:HELLO|ADDJOB|ACKJOB|PING)\r$/gm) ?? [];
    socket.write(commands.map(answer).join(""));
  });
});

function answer(/** @type {string} */ command) {
  if (command.startsWith("HELLO")) return hello();
  return command.startsWith("ACKJOB") ? ":1\r\n" : "+OK\r\n";
}

function hello() {
  hellos++;
  const nodes = ids.map((id, at) => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const place = at === 0 ? ["", port] : [`10.0.${at >> 8}.${at & 255}`, 7711];
    const priority = at === 0 || (at === 1 && hellos % 2 === 0) ? 1 : 10;
    return `*4\r\n${[id, ...place, priority].map(bulk).join("")}`;
  });
  return `*${2 + nodes.length}\r\n:1\r\n${bulk(own)}${nodes.join("")}`;
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.send?.(address?.port);
});
process.once("disconnect", () => process.exit());
