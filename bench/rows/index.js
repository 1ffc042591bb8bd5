// All rows, in the order in which they run.

import { callRows } from "./calls.js";
import { clusterRows } from "./cluster.js";
import { memoryRows } from "./memory.js";
import { startRows } from "./start.js";
import { wireRows } from "./wire.js";
import { workRows } from "./work.js";

export const rows = [...wireRows, ...callRows, ...workRows, ...clusterRows, ...memoryRows, ...startRows];
