// A process of its own in which a client meets every fault: what it writes is looked through by whoever started it.

import { sweep } from "./sweep.ts";

let seen = 0;
await sweep((what, ...values) => {
  seen++;
  console.log(what, ...values);
});
console.log(`saw ${seen} things`);
