// scripts/check-release.js on projects that are ready for a release, or not.

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
  bugs: "https://github.com/someone/disque/issues",
  changelog: "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n\n### Added\n\n- Something.\n",
};

describe("before a release", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "disque-release-"));
    await cp("scripts/check-release.js", join(folder, "scripts/check-release.js"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function printed(tag: string, project: Partial<typeof READY>): Promise<string> {
    const { version, locked, repository, bugs, changelog } = { ...READY, ...project };
    const manifest = { type: "module", version, repository: { type: "git", url: repository }, bugs };
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

  it("accepts a tag that agrees with versions, changelog and repository", async () => {
    assert.equal(await printed("v1.2.3", {}), "v1.2.3 can be released\n");
  });

  it("reports a tag that is not the version", async () => {
    assert.match(await printed("v1.2.4", {}), /the tag is v1\.2\.4/);
  });

  it("reports another version in the lock file", async () => {
    assert.match(await printed("v1.2.3", { locked: "1.2.2" }), /package-lock\.json is 1\.2\.2/);
  });

  it("reports a changelog without the version", async () => {
    const changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.2] - 2026-01-30\n";
    assert.match(await printed("v1.2.3", { changelog }), /no section for 1\.2\.3/);
  });

  it("reports entries that are still unreleased", async () => {
    const changelog = READY.changelog.replace("[Unreleased]\n", "[Unreleased]\n\n### Fixed\n\n- More.\n");
    assert.match(await printed("v1.2.3", { changelog }), /has entries under Unreleased/);
  });

  it("reports another repository than the one that publishes", async () => {
    const repository = "git+https://github.com/someone/disque-client.git";
    assert.match(await printed("v1.2.3", { repository }), /not someone\/disque/);
  });

  it("reports placeholders in package.json", async () => {
    const bugs = "https://github.com/OWNER/disque/issues";
    assert.match(await printed("v1.2.3", { bugs }), /`bugs` in package\.json is a placeholder/);
  });
});
