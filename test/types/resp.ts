// `disque/resp`.

import type { LookupFunction, Socket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import {
  type Argument,
  CommandEncoder,
  Connection,
  type ConnectionErrorDetails,
  type ConnectionOptions,
  type DisqueError,
  type Endpoint,
  encodeCommand,
  nameOf,
  Parser,
  type ParserLimits,
  type ParserOptions,
  type Receiver,
  type Reply,
  type ReplyError,
  type SendOptions,
  type Signal,
  type SocketOptions,
} from "disque/resp";
import { type Equal, type Expect, expectType, type Options, type TestsOf } from "./expect.js";

declare const connection: Connection;
declare const encoder: CommandEncoder;
declare const parser: Parser;
declare const socket: Socket;
declare const signal: AbortSignal;

export type ShapesAre = [
  Expect<Equal<Argument, string | Uint8Array | number | bigint>>,
  Expect<Equal<Reply, string | number | bigint | Buffer | null | ReplyError | Reply[]>>,
  Expect<Equal<Endpoint, { readonly host: string; readonly port: number } | { readonly path: string }>>,
  Expect<Equal<SendOptions, Options<{ timeout: number; signal: Signal }>>>,
  Expect<AbortSignal extends Signal ? true : false>,
  Expect<Equal<Receiver, { onReply(reply: Reply): void; onFailure(reason: unknown): void }>>,
  Expect<
    Equal<
      SocketOptions,
      Options<{
        tls: boolean | TlsOptions;
        connectTimeout: number;
        keepAlive: number;
        signal: Signal;
        lookup: LookupFunction;
        readBuffer: Buffer;
      }>
    >
  >,
  Expect<
    Equal<
      Omit<ConnectionOptions, keyof SocketOptions | keyof ParserLimits>,
      Options<{ commandTimeout: number; onClose: (error: DisqueError | undefined) => void }>
    >
  >,
  Expect<
    Equal<
      ParserLimits,
      Options<{
        maxDepth: number;
        maxElements: number;
        maxBulkLength: number;
        maxLineLength: number;
        maxReplyLength: number;
      }>
    >
  >,
  Expect<Equal<Omit<ParserOptions, keyof ParserLimits>, { readonly onReply: (reply: Reply) => void }>>,
  Expect<Equal<keyof ConnectionErrorDetails, "sent" | "errors" | "cause">>,
];

export const connections: TestsOf<Connection> = {
  address() {
    expectType(connection.address).is<string>();
    // @ts-expect-error it is readonly
    connection.address = "127.0.0.1:7711";
  },

  closed: () => expectType(connection.closed).is<Promise<void>>(),

  pending: () => expectType(connection.pending).is<number>(),

  open: () => expectType(connection.open).is<boolean>(),

  send() {
    expectType(connection.send(["PING", 5, 5n, new Uint8Array()])).is<Promise<Reply>>();
    connection.send(["PING"], { timeout: 5, signal });
    const words: readonly string[] = ["PING"];
    connection.send(words, { timeout: undefined, signal: undefined });
    // @ts-expect-error a command that is not in an array
    connection.send("PING");
    // @ts-expect-error a boolean, which has no standard form on the wire
    connection.send(["PING", true]);
    // @ts-expect-error a misspelt option
    connection.send(["PING"], { commandTimeout: 5 });
  },

  end: () => expectType(connection.end()).is<Promise<void>>(),

  progressAt: () => expectType(connection.progressAt).is<number>(),

  submit() {
    const receiver: Receiver = { onReply: (_reply) => {}, onFailure: (_reason) => {} };
    expectType(connection.submit(["PING"], receiver)).is<void>();
    connection.submit(["PING"], receiver, { timeout: 5, signal });
    // @ts-expect-error no receiver
    connection.submit(["PING"]);
  },

  ref: () => expectType(connection.ref()).is<void>(),

  unref: () => expectType(connection.unref()).is<void>(),

  destroy() {
    expectType(connection.destroy()).is<void>();
    // @ts-expect-error an error of another package
    connection.destroy(new Error());
  },
};

export function connecting(): void {
  expectType(Connection.open({ host: "::1", port: 7711 })).is<Promise<Connection>>();
  Connection.open({ path: "/run/disque", commandTimeout: 5, maxDepth: 5, signal, onClose: (_error) => {} });
  expectType(new Connection(socket, "127.0.0.1:7711", { keepAlive: 5 })).is<Connection>();
  // @ts-expect-error a host without a port
  Connection.open({ host: "::1" });
  // @ts-expect-error a misspelt option
  Connection.open({ path: "/run/disque", commandTimeOut: 5 });
  // @ts-expect-error no address
  new Connection(socket);
}

export const encoders: TestsOf<CommandEncoder> = {
  length: () => expectType(encoder.length).is<number>(),

  add() {
    expectType(encoder.add(["PING", Buffer.from("a"), 5, 5n])).is<void>();
    // @ts-expect-error null, which no command can hold
    encoder.add(["PING", null]);
  },

  take: () => expectType(encoder.take()).is<Uint8Array[]>(),
};

export const parsers: TestsOf<Parser> = {
  roomFor: () => expectType(parser.roomFor(1)).is<Buffer | undefined>(),

  write() {
    expectType(parser.write(new Uint8Array())).is<void>();
    // @ts-expect-error text: a socket delivers bytes
    parser.write("+OK\r\n");
  },
};

export function making(): void {
  new Parser({ onReply: (reply) => expectType(reply).is<Reply>(), maxDepth: 5 });
  new CommandEncoder();
  expectType(encodeCommand(["PING", 5])).is<Buffer>();
  expectType(nameOf({ path: "/run/disque" })).is<string>();
  // @ts-expect-error no onReply
  new Parser({ maxDepth: 5 });
  // @ts-expect-error a misspelt limit
  new Parser({ onReply: () => {}, maxdepth: 5 });
  // @ts-expect-error a command that is not in an array
  encodeCommand("PING");
  // @ts-expect-error a host without a port
  nameOf({ host: "::1" });
}
