/// <reference types="node" preserve="true" />

// `disque/resp`: for authors of other RESP clients.

export type { Receiver } from "./command-queue.ts";
export { Connection, type ConnectionOptions, type SendOptions } from "./connection.ts";
export { CommandEncoder, encodeCommand } from "./encoder.ts";
export {
  ClosedError,
  ConnectionError,
  type ConnectionErrorDetails,
  DisqueError,
  OverloadError,
  ProtocolError,
  ReplyError,
  TimeoutError,
  UnsupportedError,
} from "./errors.ts";
export type { ParserLimits } from "./parser.ts";
export { Parser, type ParserOptions } from "./parser.ts";
export type { Signal } from "./signals.ts";
export type { SocketOptions } from "./socket.ts";
export { type Argument, type Endpoint, nameOf, type Reply } from "./types.ts";
