import { cString, integerOrThrow, timeoutEnd, word } from "../arguments.ts";
import type { Client } from "../client.ts";
import { ErrorReply, OK, type Reply, SYNTAX_ERROR } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";
import { type OptionReader, readOptions } from "./options.ts";

export const clientCommands: readonly Command[] = [
  command("client", -2, "ar", client),
  command("monitor", 1, "ar", monitor),
];

/** Like clientCommand in Disque's networking.c. */
function client(call: Call): Reply | undefined {
  const name = word(call.args[1]);
  const count = call.args.length;
  if (name === "list" && count === 2) return list(call);
  if (name === "reply" && count === 3) return reply(call);
  if (name === "kill") return kill(call);
  if (name === "setname" && count === 3) return setname(call);
  if (name === "getname" && count === 2) return call.client.name;
  if (name === "pause" && count === 3) return pause(call);
  throw new ErrorReply(
    "ERR Syntax error, try CLIENT (LIST | KILL ip:port | GETNAME | SETNAME connection-name)",
  );
}

function list({ state }: Call): Reply {
  const now = state.clock.now();
  return Buffer.from([...state.clients].map((one) => `${describe(one, now)}\n`).join(""), "latin1");
}

/** Like catClientInfoString in Disque's networking.c. Fields that this server does not track have an idle client's value. */
function describe(one: Client, now: number): string {
  const seconds = (since: number) => Math.floor(now / 1000) - Math.floor(since / 1000);
  const flags =
    (one.monitoring ? "O" : "") +
    (one.wait === null ? "" : "b") +
    (one.closing ? "c" : "") +
    (one.unblocked ? "u" : "") +
    (one.overLimit ? "A" : "") +
    (one.unix ? "U" : "");
  const fields = [
    ["id", one.id],
    ["addr", one.address],
    ["fd", one.id + 6],
    ["name", one.name?.toString("latin1") ?? ""],
    ["age", seconds(one.connectedAt)],
    ["idle", seconds(one.lastInteraction)],
    ["flags", flags || "N"],
    ["qbuf", one.link.unread],
    ["qbuf-free", 32768],
    ["obl", 0],
    ["oll", 0],
    ["omem", 0],
    ["events", "r"],
    ["cmd", one.lastCommand ?? "NULL"],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** CLIENT REPLY: with ON, the command itself is answered; with OFF and SKIP, it is not. */
function reply(call: Call): Reply | undefined {
  const mode = word(call.args[2]);
  if (mode === "on") {
    call.client.replyMode = "on";
    return OK;
  }
  if (mode === "off") call.client.replyMode = "off";
  else if (mode !== "skip") throw SYNTAX_ERROR;
  else if (call.client.replyMode !== "off") call.client.replyMode = "skip next";
  return undefined;
}

interface KillFilter {
  id: number;
  address: string | null;
  /** Whether to spare the caller. */
  skipMe: boolean;
}

/** CLIENT KILL address, which may be the caller's own; or CLIENT KILL with filters, which returns the number killed. */
function kill(call: Call): Reply {
  const old = call.args.length === 3;
  if (call.args.length < 3) throw SYNTAX_ERROR;
  const filter = old ? { id: 0, address: cString(argument(call, 2)), skipMe: false } : killFilter(call);
  let killed = 0;
  let own = false;
  for (const one of [...call.state.clients]) {
    if (filter.address !== null && one.address !== filter.address) continue;
    if (filter.id !== 0 && one.id !== filter.id) continue;
    if (one === call.client && filter.skipMe) continue;
    killed++;
    if (one === call.client) own = true;
    else one.link.close();
  }
  if (old && killed === 0) throw new ErrorReply("ERR No such client");
  const answer = old ? OK : killed;
  if (!own) return answer;
  // The caller still gets the reply, but nothing after it.
  call.client.send(answer);
  call.client.closing = true;
  return answer;
}

function killFilter(call: Call): KillFilter {
  const filter: KillFilter = { id: 0, address: null, skipMe: true };
  readOptions(call, 2, filter, KILL_READER);
  return filter;
}

const KILL_READER: OptionReader<KillFilter> = {
  id: {
    value: (filter, value) => {
      filter.id = integerOrThrow(value);
    },
  },
  type: {
    value: (_filter, value) => {
      if (word(value) !== "normal") throw new ErrorReply(`ERR Unknown client type '${cString(value)}'`);
    },
  },
  addr: {
    value: (filter, value) => {
      filter.address = cString(value);
    },
  },
  skipme: {
    value: (filter, value) => {
      if (word(value) !== "yes" && word(value) !== "no") throw SYNTAX_ERROR;
      filter.skipMe = word(value) === "yes";
    },
  },
};

function setname(call: Call): Reply {
  const name = argument(call, 2);
  if (name.some((byte) => byte < 0x21 || byte > 0x7e)) {
    throw new ErrorReply("ERR Client names cannot contain spaces, newlines or special characters.");
  }
  call.client.name = name.length === 0 ? null : Buffer.from(name);
  return OK;
}

function pause(call: Call): Reply {
  call.state.pauseClients(timeoutEnd(argument(call, 2), call.state.clock));
  return OK;
}

function monitor({ client: caller, state }: Call): Reply | undefined {
  if (caller.monitoring) return undefined;
  caller.monitoring = true;
  state.monitors.add(caller);
  return OK;
}
