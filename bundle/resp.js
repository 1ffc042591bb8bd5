// The entry "disque/resp". It is not src/resp/index.ts itself, which "disque" imports from too and would have to load whole.

export * from "../src/resp/index.ts";
