// Runs worst cases: a server in this process, and a client in a separate process for each case.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { Parser } from "../../../src/resp/index.ts";
import { DEFAULT_LIMITS } from "../../../src/resp/parser.ts";
import { HELLO } from "../../client/scripted.ts";
import type { Cost } from "./client.ts";
import type { Limits, WorstCase } from "./replies.ts";

/** What SECURITY.md advises for a client that does not trust its nodes. */
export const ADVISED: Partial<Limits> = { maxReplyLength: 4 * 2 ** 20, maxElements: 65_536 };

export interface Measured extends Cost {
  readonly name: string;
  /** The bytes of the reply. */
  readonly bytes: number;
}

const CLIENT = fileURLToPath(new URL("client.js", import.meta.url));

export async function measured(worst: WorstCase, replyLimits: Partial<Limits>): Promise<Measured> {
  const { maxElements, maxBulkLength, maxReplyLength } = { ...DEFAULT_LIMITS, ...replyLimits };
  let bytes = 0;
  const answer = (socket: Socket): void => {
    const pieces = function* (): Generator<Buffer> {
      for (const piece of worst.reply({ maxElements, maxBulkLength, maxReplyLength })) {
        const buffer = Buffer.from(piece);
        bytes += buffer.length;
        yield buffer;
      }
    };
    // A client that rejects the reply hangs up.
    pipeline(Readable.from(pieces(), { highWaterMark: 1 }), socket, { end: false }).catch(() => {});
  };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const parser = new Parser({
      onReply: (command) => {
        const verb = Array.isArray(command) ? String(command[0]) : "";
        if (verb === worst.command) answer(socket);
        else socket.write(verb === "HELLO" ? HELLO : "-ERR unknown\r\n");
      },
    });
    socket.on("data", (chunk) => parser.write(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const client = spawn(process.execPath, [
      "--max-old-space-size=4096",
      CLIENT,
      worst.name,
      `127.0.0.1:${port}`,
      JSON.stringify({ replyLimits }),
    ]);
    let output = "";
    let complaint = "";
    client.stdout.on("data", (chunk) => {
      output += chunk;
    });
    client.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    const [code] = await once(client, "close");
    if (code !== 0)
      throw new Error(`${worst.name}: the client ended with ${code}: ${complaint.slice(0, 500)}`);
    return { name: worst.name, bytes, ...(JSON.parse(output) as Cost) };
  } finally {
    server.close();
  }
}
