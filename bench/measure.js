// The measurements of rounds.

/**
 * @param count the number of jobs, or of other items that the work consists of
 * @returns {Promise<{ cpu: number, rate: number }>} Microseconds of processor time of this process for each, the kernel's
 * included, and how many a second.
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
 * Repeats work for 100 ms of processor time, which other programs on the machine do not affect.
 *
 * @param count the number of items that one run of the work handles
 * @returns {{ time: number }} Nanoseconds for each.
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

/** Bytes in use after garbage collection, those of buffers included. */
export async function used() {
  // The memory of buffers is freed in a later turn than the objects.
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
