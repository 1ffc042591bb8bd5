import { once } from "node:events";

/**
 * What a process says next; rejects if it ends without a word.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} name
 * @returns {Promise<any>}
 */
export async function answer(child, name) {
  const heard = new AbortController();
  const { signal } = heard;
  const message = once(child, "message", { signal });
  const end = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  try {
    const [value] = await Promise.race([message, end]);
    return value;
  } finally {
    // Neither listener outlives the answer.
    heard.abort();
  }
}
