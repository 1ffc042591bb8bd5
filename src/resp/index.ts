/// <reference types="node" preserve="true" />

// `disque/resp`: for authors of other RESP clients.

export type { Argument } from "./argument.ts";
export { Connection, type ConnectionOptions, type SendOptions } from "./connection.ts";
export { CommandEncoder, encodeCommand } from "./encoder.ts";
export { type Endpoint, nameOf } from "./endpoint.ts";
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
export type { ParserLimits } from "./limits.ts";
export { Parser } from "./parser.ts";
export type { ParserOptions } from "./parser-options.ts";
export type { Receiver } from "./pending.ts";
export type { ElementReader, Reply } from "./reply.ts";
export type { SocketOptions } from "./socket.ts";
