// The checks that scripts/runtimes.js runs on other runtimes, on this one.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { PACKAGE } from "../support/package-folder.ts";

const run = promisify(execFile);

describe("the checks for all runtimes", () => {
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "disque-smoke-"));
    await cp("test/runtimes", join(folder, "runtimes"), { recursive: true });
    await cp("build/test/support/certificate.js", join(folder, "support/certificate.js"));
    await mkdir(join(folder, "node_modules"));
    await symlink(PACKAGE, join(folder, "node_modules/disque"), "dir");
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const program of ["smoke.js", "smoke.cjs"]) {
    it(`${program} passes, and ends by itself`, async () => {
      const { stdout } = await run(process.execPath, [join("runtimes", program)], {
        cwd: folder,
        timeout: 60_000,
      });
      const [, passed, all] = /(\d+) of (\d+) checks passed\n$/.exec(stdout) ?? [];
      assert.ok(passed !== undefined && passed === all, stdout);
    });
  }
});
