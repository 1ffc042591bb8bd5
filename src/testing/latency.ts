/** latency.h, LATENCY_TS_LEN. */
const MOST_SAMPLES = 160;

/** How long an event took, in milliseconds, and when, in seconds. */
export interface Sample {
  readonly time: number;
  latency: number;
}

/** The samples of one event, oldest first. */
export interface Series {
  readonly samples: Sample[];
  max: number;
}

/** What took long, by event: latency.c. */
export class LatencyMonitor {
  readonly events: Map<string, Series> = new Map();

  add(event: string, time: number, latency: number): void {
    const series = this.events.get(event) ?? { samples: [], max: 0 };
    this.events.set(event, series);
    const last = series.samples.at(-1);
    // Of the samples of one second the worst one stands; the maximum misses it, as in latency.c, latencyAddSample.
    if (last?.time === time) {
      last.latency = Math.max(last.latency, latency);
      return;
    }
    series.samples.push({ time, latency });
    if (series.samples.length > MOST_SAMPLES) series.samples.shift();
    series.max = Math.max(series.max, latency);
  }

  reset(names: readonly string[] | null): number {
    const events = [...this.events.keys()].filter((event) => names === null || names.includes(event));
    for (const event of events) this.events.delete(event);
    return events.length;
  }
}
