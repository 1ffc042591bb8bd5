import { timingSafeEqual } from "node:crypto";
import { word } from "../arguments.ts";
import { priorityOf } from "../peers.ts";
import { ErrorReply, OK, type Reply, Status, SYNTAX_ERROR } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";
import { info } from "./info.ts";

export const serverCommands: readonly Command[] = [
  command("auth", 2, "rlF", auth),
  command("ping", -1, "rF", ping),
  command("info", -1, "rl", info),
  command("shutdown", -1, "arl", shutdown),
  command("time", 1, "rF", time),
  command("hello", 1, "rF", hello),
  command("loadjob", 2, "w", loadjob),
  command("bgrewriteaof", 1, "ar", bgrewriteaof),
];

function auth(call: Call): Reply {
  const password = Buffer.from(call.state.config.get("requirepass"), "latin1");
  if (password.length === 0) throw new ErrorReply("ERR Client sent AUTH, but no password is set");
  const given = argument(call, 1);
  call.client.authenticated = given.length === password.length && timingSafeEqual(given, password);
  if (!call.client.authenticated) throw new ErrorReply("ERR invalid password");
  return OK;
}

function ping({ args }: Call): Reply {
  if (args.length > 2) throw new ErrorReply("ERR wrong number of arguments for 'ping' command");
  return args[1] ?? new Status("PONG");
}

/** The real server refuses the command while a rewrite is running; here there is nothing to rewrite. */
function bgrewriteaof(): Reply {
  return new Status("Background append only file rewriting started");
}

function shutdown({ args, state }: Call): Reply | undefined {
  if (args.length > 2 || (args.length === 2 && word(args[1]) !== "rewrite-aof")) throw SYNTAX_ERROR;
  state.host.exit();
  return undefined;
}

/** TIME: the seconds, and the microseconds within the current second. */
function time({ state }: Call): Reply {
  const now = state.clock.now();
  return [String(Math.floor(now / 1000)), String((now % 1000) * 1000)];
}

/**
 * cluster.c, helloCommand. The real server lists the nodes, including itself, in the order of its hash table; here they
 * are sorted by id.
 */
function hello({ node: { cluster }, state }: Call): Reply {
  const nodes = [[cluster.id, cluster.host, state.config.get("port"), cluster.leaving ? "100" : "1"]];
  for (const peer of cluster.peers.all.values()) {
    nodes.push([peer.id, peer.host, String(peer.port), String(priorityOf(peer))]);
  }
  nodes.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return [1, cluster.id, ...nodes];
}

function loadjob(): Reply {
  throw new ErrorReply("ERR LOADJOB is a special command only processed from AOF");
}
