/** Node's `isIP`. To load `node:net` takes as long as to load the package: not before there is an address to look at. */
export function isIP(text: string): number {
  return process.getBuiltinModule("node:net").isIP(text);
}
