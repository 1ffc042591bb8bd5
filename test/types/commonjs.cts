// A CommonJS program: `require` of this package works on every Node that it supports, and TypeScript 5.8 and later know it.

import disque = require("disque");
import resp = require("disque/resp");
import testing = require("disque/testing");

import { type Equal, type Expect, expectType } from "./expect.js";

export type TheSame = Expect<Equal<typeof disque, typeof import("disque")>>;

export async function program(): Promise<void> {
  const server = await testing.TestServer.start();
  const client = new disque.Disque(server.address);
  expectType(client.addJob("q", "body")).is<Promise<string>>();
  expectType(resp.encodeCommand(["PING"])).is<Buffer>();
  // @ts-expect-error a misspelt option
  client.addJob("q", "body", { retries: 5 });
}
