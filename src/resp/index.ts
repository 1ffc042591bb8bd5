// `disque/resp`: for authors of other RESP clients.

export { Connection, type ConnectionOptions, type SendOptions } from "./connection.ts";
export { type Argument, CommandEncoder, encodeCommand } from "./encoder.ts";
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
export { Parser, type ParserLimits, type ParserOptions } from "./parser.ts";
export type { Reply } from "./reply.ts";
export { type Endpoint, nameOf, type SocketOptions } from "./socket.ts";
