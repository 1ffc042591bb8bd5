import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * A reply as readable, comparable text: "+OK", "-ERR …", ":1", "$bulk", "$-1", "*-1", and arrays of these. Bytes are
 * latin1.
 */
export type Wire = string | readonly Wire[];

/** The real server answers a timeout up to a second late. */
const DEADLINE = 5000;

/** A client on a raw socket that shares no code with the library or the testing server. */
export class WireClient {
  readonly socket: Socket;
  #bytes = "";
  #closed = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#bytes += chunk.toString("latin1");
      this.#wake();
    });
    const close = (): void => {
      this.#closed = true;
      this.#wake();
    };
    socket.on("error", close);
    socket.on("end", close);
    socket.on("close", close);
  }

  static async connect(host: string, port: number): Promise<WireClient> {
    const socket = connect(port, host);
    await once(socket, "connect");
    return new WireClient(socket);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  send(args: readonly (string | Buffer)[]): void {
    this.write(encode(args));
  }

  async call(...args: readonly (string | Buffer)[]): Promise<Wire> {
    this.send(args);
    return this.receive();
  }

  /** The next reply; rejects if the connection ends first. */
  async receive(): Promise<Wire> {
    for (;;) {
      const parsed = parseReply(this.#bytes);
      if (parsed !== null) {
        this.#bytes = this.#bytes.slice(parsed.end);
        return parsed.reply;
      }
      if (this.#closed) throw new Error(`the connection was closed after ${JSON.stringify(this.#bytes)}`);
      await this.#change();
    }
  }

  /** Waits for the end of the connection, and returns the bytes that were not yet received as replies. */
  async closed(): Promise<string> {
    while (!this.#closed) await this.#change();
    return this.#bytes;
  }

  /** Waits for bytes or for the end; a server that sends neither is broken. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no reply after ${JSON.stringify(this.#bytes)}`)),
        DEADLINE,
      );
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export function encode(args: readonly (string | Buffer)[]): Buffer {
  const parts = args.flatMap((arg) => {
    const bytes = typeof arg === "string" ? Buffer.from(arg, "latin1") : arg;
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")];
  });
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

export interface Parsed {
  readonly reply: Wire;
  readonly end: number;
}

/** The first reply in some bytes, and where it ends; null if it is incomplete. */
export function parseReply(bytes: string): Parsed | null {
  return parse(bytes, 0);
}

function parse(bytes: string, at: number): Parsed | null {
  const lineEnd = bytes.indexOf("\r\n", at);
  if (lineEnd === -1) return null;
  const type = bytes.charAt(at);
  const line = bytes.slice(at, lineEnd);
  const length = Number(line.slice(1));
  if (length === -1 || (type !== "$" && type !== "*")) return { reply: line, end: lineEnd + 2 };
  if (type === "$") {
    const end = lineEnd + 2 + length;
    return bytes.length < end + 2 ? null : { reply: `$${bytes.slice(lineEnd + 2, end)}`, end: end + 2 };
  }
  const replies: Wire[] = [];
  let end = lineEnd + 2;
  for (let count = 0; count < length; count++) {
    const parsed = parse(bytes, end);
    if (parsed === null) return null;
    replies.push(parsed.reply);
    end = parsed.end;
  }
  return { reply: replies, end };
}
