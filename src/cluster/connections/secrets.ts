// Keeps passwords out of errors and node lists: a hostile or broken node may repeat what it was sent.

import type { Hello } from "../../commands/hello.ts";
import { ConnectionError, DisqueError, ProtocolError, ReplyError } from "../../resp/index.ts";

/** Removes the password of one connection from the node's replies after the handshake. */
export interface Withholding {
  error(error: ReplyError): ReplyError;
  hello(hello: Hello): Hello;
}

/** Minimum characters of a fragment of the password after the handshake. Ordinary messages may contain shorter ones by chance. */
const MIN_LATER_FRAGMENT = 8;

export function withholding(password: string | undefined): Withholding {
  return {
    error(error) {
      const shown = withoutPassword(error, password, MIN_LATER_FRAGMENT);
      return shown instanceof ReplyError ? shown : error;
    },
    hello(hello) {
      if (password === undefined || password === "") return hello;
      const nodes = hello.nodes.filter(({ host }) => !containsFragment(host, password, MIN_LATER_FRAGMENT));
      return { ...hello, nodes };
    },
  };
}

/** Standard replies to AUTH, and to commands without it. They never quote the password, even if they happen to contain it. */
const FIXED_TEXTS = new Set([
  "ERR invalid password",
  "ERR Client sent AUTH, but no password is set",
  "NOAUTH Authentication required.",
  "WRONGPASS invalid username-password pair or user is disabled.",
]);
/** Minimum characters of a fragment of the password during the handshake. A message may contain shorter ones by chance. */
export const MIN_FRAGMENT = 4;

/**
 * Returns the error, or a replacement if its message contains a fragment of the password: servers may repeat in an error what
 * they were sent, in part or escaped.
 */
export function withoutPassword(error: unknown, password: string | undefined, minFragment: number): unknown {
  if (!(error instanceof DisqueError) || password === undefined || password === "") return error;
  if (FIXED_TEXTS.has(error.message) || !mentions(error, password, minFragment)) return error;
  const message = "the node's answer is not shown, since it contains the password";
  if (error instanceof ReplyError) return new ReplyError(`ERR ${message}`, error.command);
  return error instanceof ProtocolError ? new ProtocolError(message) : new ConnectionError(message);
}

function mentions(error: unknown, password: string, minFragment: number): boolean {
  if (!(error instanceof Error)) return false;
  return (
    containsFragment(error.message, password, minFragment) || mentions(error.cause, password, minFragment)
  );
}

/** Whether the text contains the password, or half of it, however it is escaped or broken into lines. */
function containsFragment(text: string, password: string, minFragment: number): boolean {
  const [plainText, plainPassword] = [alphanumeric(text), alphanumeric(password)];
  if (text.includes(password)) return true;
  const length = Math.max(minFragment, Math.ceil(plainPassword.length / 2));
  for (let start = 0; start + length <= plainPassword.length; start++) {
    if (plainText.includes(plainPassword.slice(start, start + length))) return true;
  }
  return false;
}

/** The letters and digits of a text in lower case, with escapes decoded: \u0041, \x41, %41. */
function alphanumeric(text: string): string {
  const decoded = text.replace(
    /\\u([\da-f]{4})|\\x([\da-f]{2})|%([\da-f]{2})|\\./gis,
    (_escape, ...[unicode, hex, percent]: (string | undefined)[]) => {
      const code = unicode ?? hex ?? percent;
      return code === undefined ? "" : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
  return decoded.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
