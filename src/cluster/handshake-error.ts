import { ConnectionError, DisqueError, ProtocolError, ReplyError } from "../resp/index.ts";

/**
 * What a handshake failed with, as it may be told. Some servers repeat in their errors what they were sent, such as
 * Redis to commands that it does not know: what holds the password is not passed on.
 */
export function handshakeError(error: unknown, password: string | undefined, secure: boolean): unknown {
  if (!(error instanceof DisqueError)) return error;
  if (password !== undefined && password !== "" && tells(error, password)) return withheld(error);
  // Without a word, which is how one that speaks TLS takes what is none.
  if (error instanceof ConnectionError && !secure && error.cause === undefined)
    return new ConnectionError(`${error.message} during the handshake; does it speak TLS?`, {
      sent: error.sent,
    });
  return error;
}

function tells(error: unknown, password: string): boolean {
  if (!(error instanceof Error)) return false;
  return error.message.includes(password) || tells(error.cause, password);
}

function withheld(error: DisqueError): DisqueError {
  const message = "what the node answered is not shown, since the password is in it";
  if (error instanceof ReplyError) return new ReplyError(`ERR ${message}`, error.command);
  return error instanceof ProtocolError ? new ProtocolError(message) : new ConnectionError(message);
}
