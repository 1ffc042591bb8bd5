import { machine, release, type as system } from "node:os";
import { cpuUsage, memoryUsage, pid } from "node:process";
import { word } from "../arguments.ts";
import { type Reply, SYNTAX_ERROR } from "../reply.ts";
import type { ServerState } from "../state.ts";
import type { Call } from "./command.ts";

type Fields = readonly (readonly [name: string, value: string | number])[];

/** The sections of server.c, genDisqueInfoString, in its order and with its names. */
const SECTIONS: readonly (readonly [title: string, fields: (state: ServerState) => Fields])[] = [
  ["Server", serverFields],
  ["Clients", clientFields],
  ["Memory", memoryFields],
  ["Jobs", (state) => [["registered_jobs", state.node.jobs.size]]],
  ["Queues", (state) => [["registered_queues", state.node.queues.registry.size]]],
  ["Persistence", persistenceFields],
  ["Stats", statsFields],
  ["CPU", cpuFields],
  ["Commandstats", commandFields],
];

/** INFO [section]. Command statistics are shown only for the section `commandstats` or `all`. */
export function info({ args, state }: Call): Reply {
  if (args.length > 2) throw SYNTAX_ERROR;
  const asked = args.length === 2 ? word(args[1]) : "default";
  return SECTIONS.filter(([title]) => {
    if (asked === "default") return title !== "Commandstats";
    return asked === "all" || asked === title.toLowerCase();
  })
    .map(([title, fields]) =>
      [`# ${title}`, ...fields(state).map(([name, value]) => `${name}:${value}`), ""].join("\r\n"),
    )
    .join("\r\n");
}

function serverFields(state: ServerState): Fields {
  const uptime = Math.floor((state.clock.now() - state.startedAt) / 1000);
  return [
    ["disque_version", "1.0-rc1"],
    ["disque_git_sha1", "00000000"],
    ["disque_git_dirty", 0],
    ["disque_build_id", "0"],
    ["os", `${system()} ${release()} ${machine()}`],
    ["arch_bits", 64],
    ["multiplexing_api", "libuv"],
    ["gcc_version", "0.0.0"],
    ["process_id", pid],
    ["run_id", state.runId],
    ["tcp_port", state.config.get("port")],
    ["uptime_in_seconds", uptime],
    ["uptime_in_days", Math.floor(uptime / 86400)],
    ["hz", state.config.get("hz")],
    ["executable", ""],
    ["config_file", ""],
  ];
}

function clientFields(state: ServerState): Fields {
  const clients = [...state.clients];
  return [
    ["connected_clients", clients.length],
    ["client_longest_output_list", 0],
    ["client_biggest_input_buf", clients.reduce((most, client) => Math.max(most, client.link.unread), 0)],
    ["blocked_clients", clients.filter((client) => client.wait !== null).length],
  ];
}

function memoryFields(state: ServerState): Fields {
  const used = state.usedMemory;
  const resident = memoryUsage.rss();
  return [
    ["used_memory", used],
    ["used_memory_human", human(used)],
    ["used_memory_rss", resident],
    ["used_memory_peak", state.peakMemory],
    ["used_memory_peak_human", human(state.peakMemory)],
    ["mem_fragmentation_ratio", (resident / used).toFixed(2)],
    ["mem_allocator", "v8"],
  ];
}

/** Like bytesToHuman in Disque's server.c. */
function human(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), 3);
  return `${(bytes / 1024 ** power).toFixed(2)}${"BKMG".charAt(power)}`;
}

function persistenceFields(state: ServerState): Fields {
  const enabled = state.config.get("appendonly") === "yes";
  const fields: Fields = [
    ["loading", 0],
    ["aof_enabled", enabled ? 1 : 0],
    ["aof_state", enabled ? "on" : "off"],
    ["aof_rewrite_in_progress", 0],
    ["aof_rewrite_scheduled", 0],
    ["aof_last_rewrite_time_sec", -1],
    ["aof_current_rewrite_time_sec", -1],
    ["aof_last_bgrewrite_status", "ok"],
    ["aof_last_write_status", "ok"],
  ];
  if (!enabled) return fields;
  const names = ["current_size", "base_size", "pending_rewrite", "buffer_length", "rewrite_buffer_length"];
  const file = [...names, "pending_bio_fsync", "delayed_fsync"];
  return [...fields, ...file.map((name): [string, number] => [`aof_${name}`, 0])];
}

function statsFields({ stats }: ServerState): Fields {
  return [
    ["total_connections_received", stats.connections],
    ["total_commands_processed", stats.commands],
    ["instantaneous_ops_per_sec", 0],
    ["total_net_input_bytes", stats.inputBytes],
    ["total_net_output_bytes", stats.outputBytes],
    ["instantaneous_input_kbps", "0.00"],
    ["instantaneous_output_kbps", "0.00"],
    ["rejected_connections", stats.rejectedConnections],
    ["latest_fork_usec", 0],
  ];
}

function cpuFields(): Fields {
  const { system: sys, user } = cpuUsage();
  return [
    ["used_cpu_sys", (sys / 1e6).toFixed(2)],
    ["used_cpu_user", (user / 1e6).toFixed(2)],
    ["used_cpu_sys_children", "0.00"],
    ["used_cpu_user_children", "0.00"],
  ];
}

function commandFields({ stats }: ServerState): Fields {
  return [...stats.byCommand].map(([name, { calls, duration }]) => [
    `cmdstat_${name}`,
    `calls=${calls},usec=${Math.round(duration)},usec_per_call=${(duration / calls).toFixed(2)}`,
  ]);
}
