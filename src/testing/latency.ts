/** LATENCY_TS_LEN in Disque's latency.h. */
const MAX_SAMPLES = 160;

/** One latency spike: when it happened, in seconds, and its duration in milliseconds. */
export interface Sample {
  readonly time: number;
  latency: number;
}

/** The samples of one event, oldest first. */
export interface Series {
  readonly samples: Sample[];
  max: number;
}

/** Latency spikes by event: latency.c. */
export class LatencyMonitor {
  readonly events: Map<string, Series> = new Map();

  add(event: string, time: number, latency: number): void {
    const series = this.events.get(event) ?? { samples: [], max: 0 };
    this.events.set(event, series);
    const last = series.samples.at(-1);
    // Only the worst sample of each second is kept. As in latency.c, latencyAddSample, this does not update the maximum.
    if (last?.time === time) {
      last.latency = Math.max(last.latency, latency);
      return;
    }
    series.samples.push({ time, latency });
    if (series.samples.length > MAX_SAMPLES) series.samples.shift();
    series.max = Math.max(series.max, latency);
  }

  reset(names: readonly string[] | null): number {
    const events = [...this.events.keys()].filter((event) => names === null || names.includes(event));
    for (const event of events) this.events.delete(event);
    return events.length;
  }
}
