// The commands on a server's clients.

import type { ClientInfo, ClientKillOptions, Clients, Disque } from "disque";
import { type CommandOptions, type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const signal: AbortSignal;

export type ShapesAre = [
  Expect<
    Equal<ClientKillOptions, CommandOptions<{ id: number; addr: string; type: "normal"; skipme: boolean }>>
  >,
  Expect<Equal<ClientInfo, Readonly<Record<string, string>>>>,
];

export const clients: TestsOf<Clients> = {
  clientList() {
    expectType(disque.clientList()).is<Promise<ClientInfo[]>>();
    disque.clientList({ signal, commandTimeout: 5 });
    // @ts-expect-error a misspelt option
    disque.clientList({ commandtimeout: 5 });
  },

  clientKill() {
    expectType(disque.clientKill({ id: 5 })).is<Promise<number>>();
    disque.clientKill({ addr: "127.0.0.1:5", type: "normal", skipme: false, signal });
    // @ts-expect-error at least one filter is needed
    disque.clientKill();
    // @ts-expect-error a misspelt option
    disque.clientKill({ address: "127.0.0.1:5" });
    // @ts-expect-error an unknown type
    disque.clientKill({ type: "replica" });
    // @ts-expect-error a text for a number
    disque.clientKill({ id: "5" });
  },

  clientGetName() {
    expectType(disque.clientGetName()).is<Promise<string | null>>();
    disque.clientGetName({ signal });
    // @ts-expect-error a misspelt option
    disque.clientGetName({ commandtimeout: 5 });
  },

  clientSetName() {
    expectType(disque.clientSetName("mailer")).is<Promise<void>>();
    disque.clientSetName("", { signal });
    // @ts-expect-error no name
    disque.clientSetName();
    // @ts-expect-error null: an empty string removes the name
    disque.clientSetName(null);
    // @ts-expect-error a misspelt option
    disque.clientSetName("mailer", { commandtimeout: 5 });
  },

  clientPause() {
    expectType(disque.clientPause(5)).is<Promise<void>>();
    disque.clientPause(5, { signal });
    // @ts-expect-error no time
    disque.clientPause();
    // @ts-expect-error a text for a number
    disque.clientPause("5");
    // @ts-expect-error a misspelt option
    disque.clientPause(5, { commandtimeout: 5 });
  },
};
