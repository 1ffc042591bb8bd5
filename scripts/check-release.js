// Says what is not ready for a release, before anything is published: `node scripts/check-release.js v1.2.3`.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
/** @param {string} name */
const read = (name) => readFileSync(fileURLToPath(new URL(name, root)), "utf8");

const [tag = ""] = process.argv.slice(2);
const { version, repository } = JSON.parse(read("package.json"));
const locked = JSON.parse(read("package-lock.json"));
const changelog = read("CHANGELOG.md");

/** @type {string[]} */
const problems = [];
if (tag !== `v${version}`) problems.push(`the tag is ${tag}, but the version in package.json is ${version}`);
if (locked.version !== version) problems.push(`package-lock.json still says ${locked.version}`);
if (!changelog.includes(`\n## [${version}] - `)) problems.push(`CHANGELOG.md has no section for ${version}`);
if (/^## \[Unreleased\]\n+(?!## \[)\S/m.test(changelog)) {
  problems.push("CHANGELOG.md still has something that is unreleased");
}
// npm refuses provenance where the package names another repository than the one that the workflow runs in.
const here = process.env.GITHUB_REPOSITORY;
if (
  here !== undefined &&
  !String(repository?.url)
    .replace(/\.git$/, "")
    .endsWith(`/${here}`)
) {
  problems.push(`\`repository\` in package.json is ${repository?.url}, and not ${here}`);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${tag} may be released`);
