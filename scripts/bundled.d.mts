/** Places in the lockfile, as `node_modules/zod`, of everything that reaches a user. */
export function shippedPlaces(): ReadonlySet<string>;
