/**
 * The package that is tested: this folder, with what `npm run build` made; or the one that `DISQUE_PACKAGE` names, as
 * scripts/check-package.js does with what npm installed of that which would be published.
 */
export const PACKAGE: string = process.env.DISQUE_PACKAGE ?? process.cwd();
