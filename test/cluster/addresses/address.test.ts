import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type NodeAddress, parseAddress } from "../../../src/cluster/addresses/address.ts";
import { Disque } from "../../../src/index.ts";

interface Parts {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly password?: string;
  readonly tls?: unknown;
}

const GOOD: readonly [NodeAddress, Parts][] = [
  ["127.0.0.1:7712", { host: "127.0.0.1", port: 7712 }],
  ["host.example", { host: "host.example", port: 7711 }],
  ["host:1", { host: "host", port: 1 }],
  ["host:65535", { host: "host", port: 65_535 }],
  ["[::1]:7712", { host: "::1", port: 7712 }],
  ["[fe80::1%eth0]", { host: "fe80::1%eth0", port: 7711 }],
  ["disque://host", { host: "host", port: 7711 }],
  ["disque://host:7712/", { host: "host", port: 7712 }],
  ["disque://:pass@host:7712", { host: "host", port: 7712, password: "pass" }],
  ["disque://:pass@[::1]:7712", { host: "::1", port: 7712, password: "pass" }],
  ["disque://:p%40ss%3A%2F%20%C3%BC@host", { host: "host", port: 7711, password: "p@ss:/ ü" }],
  ["disque://:a:b@c@host", { host: "host", port: 7711, password: "a:b@c" }],
  ["disque://:@host", { host: "host", port: 7711, password: "" }],
  ["DISQUE://host", { host: "host", port: 7711 }],
  ["Disques://host", { host: "host", port: 7711, tls: true }],
  ["disques://host", { host: "host", port: 7711, tls: true }],
  ["disques://:pass@host:1", { host: "host", port: 1, password: "pass", tls: true }],
  ["unix:/run/disque.sock", { path: "/run/disque.sock" }],
  ["unix:relative @:?", { path: "relative @:?" }],
  [{ host: "host" }, { host: "host", port: 7711 }],
  [
    { host: "::1", port: 7712 },
    { host: "::1", port: 7712 },
  ],
  [
    { host: "host", port: 1, password: "p", tls: false },
    { host: "host", port: 1, password: "p", tls: false },
  ],
  [
    { host: "host", tls: { ca: "x" } },
    { host: "host", port: 7711, tls: { ca: "x" } },
  ],
];

const BAD: readonly [node: unknown, message: RegExp][] = [
  ["", /node "": it has no valid host/],
  [":7711", /node ":7711": it has no valid host/],
  ["host:", /node "host:": its port is not a number from 1 to 65535/],
  ["host:0", /node "host:0": its port/],
  ["host:65536", /node "host:65536": its port/],
  ["host:7711x", /node "host…": its port/],
  ["host:-1", /its port/],
  ["host:7.5", /its port/],
  ["host:000007711", /its port/],
  ["::1", /node "::1"/],
  ["[::1", /node "\[::1"/],
  ["[]:7711", /it has no valid host/],
  ["[::1]7711", /node/],
  ["ho st:7711", /it has no valid host/],
  ["host\n:7711", /it has no valid host/],
  ["host/path", /nothing may follow its port/],
  ["disque://", /it has no valid host/],
  ["disque://host/0", /node "disque:\/\/host…": nothing may follow its port: Disque has no databases/],
  ["disque://:secret@host:7711/0", /nothing may follow its port/],
  ["host:7711/0", /nothing may follow its port/],
  ["disque://host?x=1", /nothing may follow its port/],
  ["disque://pass@host", /must follow a colon/],
  ["disque://user:pass@host", /must follow a colon/],
  ["disque://:%zz@host", /not percent-encoded/],
  [
    "http://host",
    /node "http:\/\/host": http:\/\/ is not a scheme of Disque; use disque:\/\/ or disques:\/\/ \(TLS\)/,
  ],
  ["redis://:secret@host:6379/0", /redis:\/\/ is not a scheme of Disque/],
  ["rediss://host", /rediss:\/\/ is not a scheme of Disque/],
  ["unix:", /node "unix:": it has no path/],
  ["unix:a\0b", /it has no path/],
  [null, /a node must be a string or \{ host, port \}/],
  [7711, /a node must be a string/],
  [undefined, /a node must be a string/],
  [{}, /it has no valid host/],
  [{ host: 5 }, /it has no valid host/],
  [{ host: "" }, /it has no valid host/],
  [{ host: "host", port: "7711" }, /its port is not a number/],
  [{ host: "host", port: 0 }, /its port/],
  [{ host: "host", port: 1.5 }, /its port/],
  [{ host: "host", port: Number.NaN }, /its port/],
  [{ host: "host", port: null }, /its port/],
  [{ host: "host", prot: 7711 }, /^node: unknown option "prot"; did you mean port\?$/],
  [{ host: "host", passwd: "secret" }, /^node: unknown option "passwd"; did you mean password\?$/],
  [{ address: "host:7711" }, /^node: unknown option "address"$/],
  [["host"], /node must be an object, not an array/],
  [{ host: "host", password: 5 }, /its password is not a string/],
  [{ host: "::1", port: 0 }, /node "\[::1\]:0": its port/],
  [{ host: "host:7711" }, /it has no valid host/],
  [{ host: "host", tls: "yes" }, /node "host:7711": its tls must be true, false or options/],
];

describe("the address of a node", () => {
  for (const [node, { host, port, path, password, tls }] of GOOD) {
    it(`may be written ${JSON.stringify(node)}`, () => {
      const endpoint = path === undefined ? { host, port } : { path };
      assert.deepEqual(parseAddress(node), { endpoint, password, tls });
    });
  }

  for (const [node, message] of BAD) {
    it(`cannot be ${JSON.stringify(node)}`, () => {
      assert.throws(
        () => Reflect.apply(parseAddress, undefined, [node]),
        (error) => {
          assert.ok(error instanceof TypeError || error instanceof RangeError);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    });
  }

  it("is checked by the constructor, which requires at least one", () => {
    assert.ok(new Disque() instanceof Disque);
    assert.ok(new Disque("host:1") instanceof Disque);
    assert.ok(new Disque(["host:1", { host: "::1" }, "unix:/path"]) instanceof Disque);
    assert.throws(() => new Disque("host:0"), RangeError);
    assert.throws(() => new Disque(["host:1", "host:0"]), /"host:0"/);
    assert.throws(() => new Disque([]), /^RangeError: at least one node is needed/);
  });
});
