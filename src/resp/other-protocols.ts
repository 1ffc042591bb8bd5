/** The first bytes that servers of other protocols send. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["HTTP/", "looks like an HTTP server"],
  ["SSH-", "looks like an SSH server"],
  // A TLS alert and a TLS handshake record: the type, then the major version (RFC 8446, section 5.1).
  ["\x15\x03", "looks like a server that expects TLS"],
  ["\x16\x03", "looks like a server that expects TLS"],
];

/** Describes the first bytes of a connection if they look like a known protocol other than RESP. Does not quote them. */
export function otherProtocol(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1];
}
