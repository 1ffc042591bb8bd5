// Some tests on real servers have a long version, which takes minutes and also checks times: `npm run test:real` runs it.

const { DISQUE_TEST_LONG } = process.env;

/** Whether to run the long version, on a machine that is otherwise idle. */
export const isLong: boolean = DISQUE_TEST_LONG === "1";
