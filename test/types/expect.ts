// What the tests of types are made of. They are compiled and never run: a line that stops compiling fails them, and so does
// one that begins to after `@ts-expect-error`.

/** Whether two types are the same: neither wider nor narrower, and not `any`. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` alone. */
export type Expect<Truth extends true> = Truth;

interface Expectation<Actual> {
  /** Compiles only if the type of the value is that very type. */
  is<Expected>(
    ...differs: Equal<Actual, Expected> extends true ? [] : [{ but: Actual; not: Expected }]
  ): void;
}

export declare function expectType<Actual>(value: Actual): Expectation<Actual>;

/** The shape of options: each may be left out, and may be `undefined`, `exactOptionalPropertyTypes` or not. */
export type Options<Own> = { readonly [Name in keyof Own]?: Own[Name] | undefined };

/** The shape of a command's options: its own, and those of every call. */
export type CommandOptions<Own> = Options<Own & { signal: AbortSignal; commandTimeout: number }>;

/** A test for each method of an interface: one that is missing does not compile, nor one too many. */
export type TestsOf<Methods> = { readonly [Name in keyof Methods]: () => void };
