// Lists what is not ready for a release: `node scripts/check-release.js v1.2.3`.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
/** @param {string} name */
const read = (name) => readFileSync(fileURLToPath(new URL(name, root)), "utf8");

const [tag = ""] = process.argv.slice(2);
const { version, repository, homepage, bugs } = JSON.parse(read("package.json"));
const locked = JSON.parse(read("package-lock.json"));
const changelog = read("CHANGELOG.md");
const url = String(repository?.url);

/** @type {string[]} */
const problems = [];
if (tag !== `v${version}`) problems.push(`the tag is ${tag}, but the version in package.json is ${version}`);
if (locked.version !== version) problems.push(`the version in package-lock.json is ${locked.version}`);
if (!changelog.includes(`\n## [${version}] - `)) problems.push(`CHANGELOG.md has no section for ${version}`);
if (/^## \[Unreleased\]\n+(?!## \[)\S/m.test(changelog)) {
  problems.push("CHANGELOG.md has entries under Unreleased");
}
for (const [name, value] of Object.entries({ repository: url, homepage, bugs })) {
  if (String(value).includes("/OWNER/"))
    problems.push(`\`${name}\` in package.json is a placeholder: ${value}`);
}
// npm refuses provenance if the package names a different repository than the one in which the workflow runs.
const here = process.env.GITHUB_REPOSITORY;
if (here !== undefined && !url.replace(/\.git$/, "").endsWith(`/${here}`)) {
  problems.push(`\`repository\` in package.json is ${url}, not ${here}`);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${tag} can be released`);
