import { cString, word } from "../arguments.ts";
import type { LatencyMonitor, Series } from "../latency.ts";
import { ErrorReply, type Reply, SYNTAX_ERROR } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";

export const latencyCommands: readonly Command[] = [command("latency", -2, "arl", latency)];

/** Like latencyCommand in Disque's latency.c. */
function latency(call: Call): Reply {
  const { args, state } = call;
  const name = word(args[1]);
  if (name === "history" && args.length === 3) {
    const series = state.latency.events.get(cString(argument(call, 2)));
    return (series?.samples ?? []).map((sample) => [sample.time, sample.latency]);
  }
  if (name === "graph" && args.length === 3) return graph(call);
  if (name === "latest" && args.length === 2) return latest(state.latency);
  if (name === "doctor" && args.length === 2) {
    return doctor(state.latency, state.config.number("latency-monitor-threshold"));
  }
  if (name === "reset") {
    return state.latency.reset(args.length === 2 ? null : args.slice(2).map(word));
  }
  throw SYNTAX_ERROR;
}

function latest(monitor: LatencyMonitor): Reply {
  return [...monitor.events].map(([event, { samples, max }]) => {
    const last = samples.at(-1);
    return [event, last?.time ?? 0, last?.latency ?? 0, max];
  });
}

/** LATENCY GRAPH: the same heading as in the real server, followed by plain bars instead of its graph. */
function graph(call: Call): Reply {
  const event = cString(argument(call, 2));
  const series = call.state.latency.events.get(event);
  if (series === undefined) throw new ErrorReply(`ERR No samples available for event '${event}'`);
  const { high, low } = range(series);
  const now = Math.floor(call.state.clock.now() / 1000);
  const bars = series.samples.map(({ time, latency: ms }) => {
    const length = Math.max(1, Math.round((ms * 40) / (high || 1)));
    return `${"#".repeat(length)} ${ms} ms, ${now - time}s ago\n`;
  });
  const heading = `${event} - high ${high} ms, low ${low} ms (all time high ${series.max} ms)\n`;
  return `${heading}${"-".repeat(80)}\n${bars.join("")}`;
}

/** LATENCY DOCTOR: the real server's report is much longer; this report has the main figures in different words. */
function doctor(monitor: LatencyMonitor, threshold: number): Reply {
  if (monitor.events.size === 0) {
    return threshold === 0
      ? "Latency is not monitored. Enable it with CONFIG SET latency-monitor-threshold <milliseconds>.\n"
      : "No command has exceeded the threshold so far.\n";
  }
  return [...monitor.events]
    .map(([event, series], at) => {
      const latencies = series.samples.map((sample) => sample.latency);
      const average = Math.trunc(latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length);
      return `${at + 1}. ${event}: ${latencies.length} spikes, average ${average} ms, worst ${series.max} ms.\n`;
    })
    .join("");
}

function range(series: Series): { high: number; low: number } {
  const latencies = series.samples.map((sample) => sample.latency);
  return { high: Math.max(...latencies), low: Math.min(...latencies) };
}
