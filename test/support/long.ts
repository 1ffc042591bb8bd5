// Some tests on real servers judge times and need minutes: their long version runs with `npm run test:real`.

const { DISQUE_TEST_LONG } = process.env;

/** Whether to run the long version, on a machine that is otherwise idle. */
export const isLong: boolean = DISQUE_TEST_LONG === "1";
