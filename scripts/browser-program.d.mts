/** What the tests see of browser-program.mjs. */

/** A path; undefined where there is no browser. */
export const BROWSER: string | undefined;
export const LAUNCH: { readonly executablePath: string; readonly args: string[] };
