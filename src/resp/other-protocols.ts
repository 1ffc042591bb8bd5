/** What other servers send first. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["HTTP/", "looks like an HTTP server"],
  ["SSH-", "looks like an SSH server"],
  // An alert and a handshake record: the type, then the major version (RFC 8446, section 5.1).
  ["\x15\x03", "looks like a server that expects TLS"],
  ["\x16\x03", "looks like a server that expects TLS"],
];

/** What the first bytes of a connection look like, if that is not RESP but a known protocol. Quotes nothing of them. */
export function otherProtocol(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1];
}
