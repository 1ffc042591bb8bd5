// Generates certificates for tests: X.509 (RFC 5280) in DER. Node can sign certificates but not create them.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { isIP } from "node:net";

export interface CertificateOptions {
  /** The names and IPv4 addresses it is valid for. Default: `localhost` and `127.0.0.1`. */
  readonly hosts?: readonly string[];
  /** The period of validity. Default: 2000 to 2100. */
  readonly from?: Date;
  readonly until?: Date;
  /** The issuer. Default: self-signed. */
  readonly issuer?: Certificate;
}

export interface Certificate {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** Both as PEM: what `tls.createServer` takes. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate with its own key. */
export function makeCertificate(options: CertificateOptions = {}): Certificate {
  const {
    hosts = ["localhost", "127.0.0.1"],
    from = new Date("2000-01-01"),
    until = new Date("2100-01-01"),
    issuer,
  } = options;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [name = ""] = hosts;
  const content = sequence(
    explicit(0, integer(2)), // version 3
    integer(1), // serial number
    ECDSA_WITH_SHA256,
    nameOf(issuer?.name ?? name),
    sequence(time(from), time(until)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(basicConstraints(), subjectAltName(hosts))),
  );
  const signature = sign("sha256", content, issuer?.privateKey ?? privateKey);
  const der = sequence(content, ECDSA_WITH_SHA256, bitString(signature));
  return {
    name,
    privateKey,
    cert: pem("CERTIFICATE", der),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A tag, a length and a value (X.690, section 8.1), with the shortest form of the length (section 10.1). */
function tagged(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  if (value.length < 128) return Buffer.concat([Buffer.of(tag, value.length), value]);
  const digits = value.length.toString(16);
  const length = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, value]);
}

function sequence(...values: readonly Uint8Array[]): Buffer {
  return tagged(0x30, ...values);
}

function explicit(number: number, value: Uint8Array): Buffer {
  return tagged(0xa0 | number, value);
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.of(value));
}

function bitString(bytes: Uint8Array): Buffer {
  return tagged(0x03, Buffer.of(0), bytes);
}

function octetString(bytes: Uint8Array): Buffer {
  return tagged(0x04, bytes);
}

/** An object identifier, by its bytes in hexadecimal. */
function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

/** UTCTime, YYMMDDHHMMSSZ, up to 2049; from then on GeneralizedTime, YYYYMMDDHHMMSSZ (RFC 5280, section 4.1.2.5). */
function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(text.slice(2)))
    : tagged(0x18, Buffer.from(text));
}

/** A name with only a common name (2.5.4.3). */
function nameOf(commonName: string): Buffer {
  const text = tagged(0x0c, Buffer.from(commonName));
  return sequence(tagged(0x31, sequence(oid("550403"), text)));
}

/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));

/** 2.5.29.19, critical: it may sign others, and thus itself. */
function basicConstraints(): Buffer {
  const yes = tagged(0x01, Buffer.of(0xff));
  return sequence(oid("551d13"), yes, octetString(sequence(yes)));
}

/** 2.5.29.17: names as [2], addresses as [7]. */
function subjectAltName(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 4
      ? tagged(0x87, Uint8Array.from(host.split("."), Number))
      : tagged(0x82, Buffer.from(host)),
  );
  return sequence(oid("551d11"), octetString(sequence(...names)));
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

const own = makeCertificate();

/** A self-signed certificate for localhost and 127.0.0.1. */
export const certificate: string = own.cert;
export const privateKey: string = own.key;
