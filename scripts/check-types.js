// Checks test/types as the programs of users are checked: against what was built, through the `exports` of package.json,
// under every way in which TypeScript finds modules. It ends with status 1 if anything does not compile.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The configurations in test/types: one for each `moduleResolution`. */
const RESOLUTIONS = ["node16", "nodenext", "bundler"];

/**
 * @param {string} root a folder with `test/types` or a copy of it, from which "disque" is found
 * @param {string} types where in it the tests are
 * @param {readonly string[]} exactness the values of `exactOptionalPropertyTypes`
 * @returns {boolean} whether all of them compile
 */
export function checkTypes(root, types, exactness) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  let passed = true;
  for (const resolution of RESOLUTIONS) {
    for (const exact of exactness) {
      const args = [
        tsc,
        "-p",
        join(root, types, `${resolution}.json`),
        "--exactOptionalPropertyTypes",
        exact,
      ];
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
  if (!checkTypes(root, "test/types", ["true", "false"])) process.exitCode = 1;
}
