// Every error that this package makes. `code` is stable and made for `switch`; `message` is for people.

/** What every error of this package is: `error instanceof DisqueError`. */
export abstract class DisqueError extends Error {
  /** A stable word that says what went wrong. */
  abstract readonly code: string;
}

/** The server answered with an error. */
export class ReplyError extends DisqueError {
  override readonly name = "ReplyError";
  /** The first word of the server's message: `NOREPL`, `PAUSED`, `BADID`, `ERR`, … */
  readonly code: string;
  /** The name of the command that was answered so, where it is known. */
  command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.code = message.split(" ", 1)[0] ?? "";
    this.command = command;
  }
}

/** What a `ConnectionError` is made with. */
export interface ConnectionErrorDetails {
  /** Whether the command had left. Default false. */
  readonly sent?: boolean;
  /** Why each node failed. Default: none. */
  readonly errors?: readonly Error[];
  /** The error below, if there is one. */
  readonly cause?: unknown;
}

/** No connection could be made, or the one that a command was on has gone. */
export class ConnectionError extends DisqueError {
  override readonly name = "ConnectionError";
  readonly code = "CONNECTION";
  /** Whether the command had left, so that the server may have run it. */
  readonly sent: boolean;
  /** Why each node failed, in the order in which they were tried. */
  readonly errors: readonly Error[];

  constructor(message: string, details: ConnectionErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.sent = details.sent ?? false;
    this.errors = details.errors ?? [];
  }
}

/** A connection or a reply did not come in time. */
export class TimeoutError extends DisqueError {
  override readonly name = "TimeoutError";
  readonly code = "TIMEOUT";
}

/** What came over the connection is not RESP, goes beyond a limit, or was never asked for. */
export class ProtocolError extends DisqueError {
  override readonly name = "ProtocolError";
  readonly code = "PROTOCOL";
}

/** The client or the connection was closed before. */
export class ClosedError extends DisqueError {
  override readonly name = "ClosedError";
  readonly code = "CLOSED";
}

/** The server does not have that command. Nothing was sent. */
export class UnsupportedError extends DisqueError {
  override readonly name = "UnsupportedError";
  readonly code = "UNSUPPORTED";
}

/** Too many commands wait already. */
export class OverloadError extends DisqueError {
  override readonly name = "OverloadError";
  readonly code = "OVERLOAD";
}
