// Every error of this package. `code` is stable and meant for programs; `message` is meant for people.

/** The base class of all errors of this package: `error instanceof DisqueError`. */
export abstract class DisqueError extends Error {
  /** A stable word that says what went wrong. */
  abstract readonly code: string;
}

/** The server answered with an error. */
export class ReplyError extends DisqueError {
  override readonly name = "ReplyError";
  /** The first word of the server's message: `NOREPL`, `PAUSED`, `BADID`, `ERR`, … */
  readonly code: string;
  /** The name of the command that got this reply, if it is known. */
  command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.code = message.split(" ", 1)[0] ?? "";
    this.command = command;
  }
}

/** The details of a `ConnectionError`. */
export interface ConnectionErrorDetails {
  /** Whether the command had been sent. Default false. */
  readonly sent?: boolean;
  /** Why each attempt failed. Default: none. */
  readonly errors?: readonly Error[];
  /** The underlying error, if there is one. */
  readonly cause?: unknown;
}

/** No connection could be made, or the connection was lost before the reply arrived. */
export class ConnectionError extends DisqueError {
  override readonly name = "ConnectionError";
  readonly code = "CONNECTION";
  /** Whether the command had been sent, so that the server may have run it. */
  readonly sent: boolean;
  /** Why each attempt failed, in order; at most 16 errors. */
  readonly errors: readonly Error[];

  constructor(message: string, details: ConnectionErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.sent = details.sent ?? false;
    this.errors = details.errors ?? [];
  }
}

/** Connecting took too long, or a reply is overdue. */
export class TimeoutError extends DisqueError {
  override readonly name = "TimeoutError";
  readonly code = "TIMEOUT";
}

/** The server sent something that is not RESP, exceeds a limit, is not a valid reply, or was not asked for. */
export class ProtocolError extends DisqueError {
  override readonly name = "ProtocolError";
  readonly code = "PROTOCOL";
}

/** The client or the connection has been closed. */
export class ClosedError extends DisqueError {
  override readonly name = "ClosedError";
  readonly code = "CLOSED";
}

/** The server does not have this command. Nothing was sent. */
export class UnsupportedError extends DisqueError {
  override readonly name = "UnsupportedError";
  readonly code = "UNSUPPORTED";
}

/** Too many calls are in flight. */
export class OverloadError extends DisqueError {
  override readonly name = "OverloadError";
  readonly code = "OVERLOAD";
}
