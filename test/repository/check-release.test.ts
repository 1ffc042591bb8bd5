// What is said before a release that is not ready.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

const READY = {
  version: "1.2.3",
  locked: "1.2.3",
  repository: "git+https://github.com/someone/disque.git",
  changelog: "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n\n### Added\n\n- Something.\n",
};

describe("before a release", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "disque-release-"));
    await cp("scripts/check-release.js", join(folder, "scripts/check-release.js"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function said(tag: string, project: Partial<typeof READY>): Promise<string> {
    const { version, locked, repository, changelog } = { ...READY, ...project };
    const manifest = { type: "module", version, repository: { type: "git", url: repository } };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await writeFile(join(folder, "package-lock.json"), JSON.stringify({ version: locked }));
    await writeFile(join(folder, "CHANGELOG.md"), changelog);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/check-release.js", tag], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, GITHUB_REPOSITORY: "someone/disque" },
    });
    assert.equal(status === 0, stderr === "");
    return status === 0 ? stdout : stderr;
  }

  it("all is well where tag, versions, changelog and repository agree", async () => {
    assert.equal(await said("v1.2.3", {}), "v1.2.3 may be released\n");
  });

  it("another tag than the version is named", async () => {
    assert.match(await said("v1.2.4", {}), /the tag is v1\.2\.4/);
  });

  it("a lock of another version is named", async () => {
    assert.match(await said("v1.2.3", { locked: "1.2.2" }), /package-lock\.json still says 1\.2\.2/);
  });

  it("a changelog without the version is named", async () => {
    const changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.2] - 2026-01-30\n";
    assert.match(await said("v1.2.3", { changelog }), /no section for 1\.2\.3/);
  });

  it("something that is still unreleased is named", async () => {
    const changelog = READY.changelog.replace("[Unreleased]\n", "[Unreleased]\n\n### Fixed\n\n- More.\n");
    assert.match(await said("v1.2.3", { changelog }), /still has something that is unreleased/);
  });

  it("another repository than the one that publishes is named", async () => {
    const repository = "git+https://github.com/someone/disque-client.git";
    assert.match(await said("v1.2.3", { repository }), /and not someone\/disque/);
  });
});
