// The tests of types are compiled and never run. A line that no longer compiles fails them, and so does a line after
// `@ts-expect-error` that compiles.

/** Whether two types are the same: neither wider nor narrower, and not `any`. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
export type Expect<Truth extends true> = Truth;

interface Expectation<Actual> {
  /** Compiles only if the value has exactly this type. */
  is<Expected>(
    ...differs: Equal<Actual, Expected> extends true ? [] : [{ but: Actual; not: Expected }]
  ): void;
}

export declare function expectType<Actual>(value: Actual): Expectation<Actual>;

/** The shape of options: each may be missing or `undefined`, with and without `exactOptionalPropertyTypes`. */
export type Options<Own> = { readonly [Name in keyof Own]?: Own[Name] | undefined };

/** The shape of a command's options: its own, and those of every call. */
export type CommandOptions<Own> = Options<
  Own & { signal: AbortSignal; commandTimeout: number; node: string }
>;

/** One test for each method of an interface: a missing or an additional one does not compile. */
export type TestsOf<Methods> = { readonly [Name in keyof Methods]: () => void };
