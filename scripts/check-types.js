// Compiles test/types as users compile their programs: against the built package, through `exports` in package.json, with
// several values of TypeScript's `moduleResolution`. Exits with 1 if something does not compile.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @param {string} root a folder with test/types or a copy of it, from which "disque" is resolved
 * @param {string} types where in `root` the tests are
 * @param {readonly string[]} resolutions names of the configurations in test/types
 * @param {readonly string[]} exactness values of `exactOptionalPropertyTypes`
 * @returns {boolean} whether all tests compile
 */
export function checkTypes(root, types, resolutions, exactness) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  let passed = true;
  for (const resolution of resolutions) {
    for (const exact of exactness) {
      const configuration = join(root, types, `${resolution}.json`);
      const args = [tsc, "-p", configuration, "--exactOptionalPropertyTypes", exact];
      const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
      const verdict = status === 0 ? "types are right" : "TYPES ARE WRONG";
      console.log(`${verdict} under moduleResolution ${resolution}, exactOptionalPropertyTypes ${exact}`);
      passed &&= status === 0;
    }
  }
  return passed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const resolutions = ["node16", "nodenext", "bundler"];
  if (!checkTypes(root, "test/types", resolutions, ["true", "false"])) process.exitCode = 1;
}
