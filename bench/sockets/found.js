import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Where an executable is; null when it is nowhere on the PATH.
 *
 * @param {string} name
 * @returns {string | null}
 */
export function found(name) {
  const { PATH = "" } = process.env;
  const places = PATH.split(delimiter).map((directory) => join(directory, name));
  return places.find(isExecutable) ?? null;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
