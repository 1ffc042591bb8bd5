import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mayBeDialled } from "../../../src/cluster/addresses/announced.ts";
import type { Endpoint } from "../../../src/resp/index.ts";

const OTHER: Endpoint = { host: "10.0.0.1", port: 7711 };

function allowed(host: string, listed: readonly Endpoint[] = [OTHER], port = 7711): boolean {
  return mayBeDialled({ id: "a".repeat(40), host, port, priority: 1 }, listed);
}

function listed(...hosts: string[]): Endpoint[] {
  return hosts.map((host) => ({ host, port: 7711 }));
}

describe("an announced address is dialled", () => {
  for (const host of [
    "10.0.0.2",
    "192.168.1.1",
    "203.0.113.9",
    "128.0.0.1",
    "169.253.255.255",
    "2001:db8::1",
    "64:ff9b::a00:2",
    "64:ff9b::a9fd:ffff",
    "2002:a00:2::1",
    "fd00::1",
    "::ffff:10.0.0.2",
    "disque-1",
    "disque_1.internal.example",
    "Disque.Example.",
    "1and1.example",
    "a".repeat(63),
    "localhost.example",
  ])
    it(`if its host is ${host.slice(0, 30)}`, () => assert.equal(allowed(host), true));
});

describe("an announced address is not dialled", () => {
  for (const host of [
    "",
    " ",
    "a b",
    "a\n",
    "\0",
    "10.0.0.2\r\nAUTH x",
    "host\u0007",
    "-a",
    "a..b",
    ".",
    ".a",
    "a".repeat(64),
    `${"a.".repeat(126)}ab`,
    "höst",
    "user@host",
    "host/path",
    "host:1",
    "[::1]",
    "unix:/run/disque",
    "1.2.3.4/24",
    "*",
    // Resolvers read these as 127.0.0.1.
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.01",
    "127.1.",
  ])
    it(`if its host is not a plain name: ${JSON.stringify(host).slice(0, 30)}`, () =>
      assert.equal(allowed(host), false));

  for (const port of [0, -1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    it(`if its port is ${port}`, () => assert.equal(allowed("10.0.0.2", [OTHER], port), false));

  for (const host of ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0", "64:ff9b::", "64:ff9b::1", "2002::1"])
    it(`if its host is unspecified, even if it is listed: ${host}`, () => {
      assert.equal(allowed(host), false);
      assert.equal(allowed(host, listed(host)), false);
    });
});

const LOOPBACK = [
  "127.0.0.1",
  "127.255.255.254",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  // The same addresses behind NAT64 and 6to4.
  "64:ff9b::7f00:1",
  "64:ff9b::127.255.255.254",
  "2002:7f00:1::",
  "2002:7fff:ffff::1",
  "localhost",
  "LOCALHOST.",
  "disque.localhost",
];
const LINK_LOCAL = [
  "169.254.169.254",
  "fe80::1",
  "febf::1",
  "fe80::1%eth0",
  "::ffff:169.254.1.1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b::169.254.0.1",
  "2002:a9fe:a9fe::1",
];

describe("an announced loopback address is dialled only if a listed node has one", () => {
  for (const host of LOOPBACK)
    it(host, () => {
      assert.equal(allowed(host), false);
      assert.equal(allowed(host, listed("169.254.1.1")), false);
      for (const other of LOOPBACK) assert.equal(allowed(host, [OTHER, ...listed(other)]), true);
      assert.equal(allowed(host, [{ path: "/run/disque" }]), true);
    });
});

describe("an announced link-local address is dialled only if a listed node has one", () => {
  for (const host of LINK_LOCAL)
    it(host, () => {
      assert.equal(allowed(host), false);
      assert.equal(allowed(host, listed("127.0.0.1")), false);
      assert.equal(allowed(host, [{ path: "/run/disque" }]), false);
      for (const other of LINK_LOCAL) assert.equal(allowed(host, listed(other)), true);
    });
});
