const { DISQUE_PACKAGE } = process.env;

/** Whether the tests run on an installed package, as scripts/check-package.js makes them, and not on this folder. */
export const INSTALLED: boolean = DISQUE_PACKAGE !== undefined;

/** The package under test: the installed one, or this folder after `npm run build`. */
export const PACKAGE: string = DISQUE_PACKAGE ?? process.cwd();
