// Writes what is made in `docs`: `npm run docs`.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiPages } from "./api.ts";
import { svgOf } from "./picture.ts";

const API = join("docs", "api");
const PICTURES = join("docs", "pictures");

mkdirSync(API, { recursive: true });
for (const [name, text] of apiPages("dist")) writeFileSync(join(API, name), text);

for (const name of readdirSync(PICTURES).filter((file) => file.endsWith(".txt"))) {
  const svg = svgOf(readFileSync(join(PICTURES, name), "utf8"));
  writeFileSync(join(PICTURES, name.replace(/txt$/, "svg")), svg);
}
