const { DISQUE_PACKAGE } = process.env;

/** Whether an installed package is tested, as scripts/check-package.js does, and not this folder. */
export const INSTALLED: boolean = DISQUE_PACKAGE !== undefined;

/** The package under test: the installed one, or this folder after `npm run build`. */
export const PACKAGE: string = DISQUE_PACKAGE ?? process.cwd();
