// A process in which a client meets every fault. Its output is searched by the process that started it.

import { sweep } from "./sweep.ts";

let seen = 0;
await sweep((what, ...values) => {
  seen++;
  console.log(what, ...values);
});
console.log(`saw ${seen} things`);
