// Shows results on the terminal and saves them in results.json. Generates RESULTS.md and chart.svg from that file.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { chart } from "./chart.js";
import { rows } from "./rows/index.js";
import { disqueServer, redisServer } from "./servers.js";

/** @typedef {import("./row.js").Result} Result */
/** @typedef {Result & { date: string }} Kept */

const place = (name) => new URL(name, import.meta.url);
const read = (name) => JSON.parse(readFileSync(place(name), "utf8"));

export function printed({ contenders, figures, bars }) {
  const width = Math.max(...Object.keys(contenders).map(({ length }) => length));
  const lines = Object.entries(contenders).map(([name, found]) => {
    const values = Object.entries(figures).flatMap(([figure, { unit }]) =>
      found[figure] ? [`${figure} ${shown(found[figure].value)} ${unit}`] : [],
    );
    return `  ${name.padEnd(width)}  ${values.join(", ")}`;
  });
  return [
    ...lines,
    ...bars.map(({ text, found, met }) => `  ${met ? "met" : "NOT MET"}: ${text}; found ${shown(found)}`),
  ].join("\n");
}

export function keep(result) {
  /** @type {Kept[]} */
  const old = existsSync(place("results.json")) ? read("results.json") : [];
  const date = new Date().toISOString().slice(0, 10);
  const all = [...old.filter(({ id }) => id !== result.id), { ...result, date }];
  const known = rows.flatMap(({ id }) => all.find((each) => each.id === id) ?? []);
  writeFileSync(place("results.json"), `[\n${known.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`);
  writeFileSync(place("RESULTS.md"), page(known));
  writeFileSync(place("chart.svg"), chart(known));
}

function page(results) {
  const bars = results.flatMap(({ id, bars }) => bars.map((bar) => ({ ...bar, id })));
  return `# Results

Written by \`npm run bench\`. [README.md](README.md) says how to read them.

${machine()}

## Bars

| row | bar | found | |
|---|---|--:|---|
${bars.map(({ id, text, found, met }) => `| \`${id}\` | ${text} | ${shown(found)} | ${met ? "met" : "**not met**"} |`).join("\n")}

## Rows

${results.map(section).join("\n\n")}
`;
}

function section({ id, work, figures, contenders, note, date }) {
  const names = Object.keys(figures);
  const head = names.map((name) => `${name}, ${figures[name]?.unit}`);
  const lines = Object.entries(contenders).map(([contender, found]) => {
    const cells = names.map((name) => {
      const { value, low, high } = found[name] ?? {};
      return value === undefined ? "" : `${shown(value)} (${shown(low ?? value)} – ${shown(high ?? value)})`;
    });
    return `| ${contender.startsWith("disque") ? `**${contender}**` : contender} | ${cells.join(" | ")} |`;
  });
  return `### \`${id}\`: ${work}

| | ${head.join(" | ")} |
|---|${names.map(() => "--:|").join("")}
${lines.join("\n")}

${date}, ${note}`;
}

function machine() {
  const { dependencies } = read("package.json");
  const versions = { node: process.versions.node, disque: read("../package.json").version, ...dependencies };
  const servers = [disqueServer, redisServer].flatMap((server) => {
    if (server === null) return [];
    const [version = "unknown"] =
      /v=\S+/.exec(execFileSync(server, ["--version"], { encoding: "utf8" })) ?? [];
    return [`${server === redisServer ? "redis-server" : "disque-server"} ${version.slice(2)}`];
  });
  return [
    `${cpus()[0]?.model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release().split(".", 2).join(".")}`,
    ...servers,
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
  ]
    .join("; ")
    .concat(".");
}

function shown(value) {
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
