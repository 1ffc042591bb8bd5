// The measurements that rounds use.

/**
 * @param count how many jobs, or other items, `work` processes
 * @returns {Promise<{ cpu: number, rate: number }>} `cpu`: the processor time of this process for each item, in microseconds,
 * including time in the kernel. `rate`: the number of items per second.
 */
export async function costOf(count, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / count, rate: count / seconds };
}

/**
 * Repeats `work` until it has used 100 ms of processor time, which depends less on other programs than elapsed time does.
 *
 * @param count how many items one run of `work` processes
 * @returns {{ time: number }} Nanoseconds for each item.
 */
export function timeOf(count, work) {
  const start = process.cpuUsage();
  let runs = 0;
  let passed = 0;
  while (passed < 100_000) {
    work();
    runs++;
    const { user, system } = process.cpuUsage(start);
    passed = user + system;
  }
  return { time: (passed * 1_000) / (count * runs) };
}

/** Bytes in use after garbage collection, including buffers. */
export async function used() {
  // The memory of a buffer is released after its object, in a later turn of the event loop.
  for (let time = 0; time < 4; time++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** @param part 0.5 is the median, 1 the highest */
export function quantile(values, part) {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
