/** From the name of a setting to how it is written on the command line. */

/** `earlyStop` → `early-stop`. */
export function kebabCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `earlyStop` → `--early-stop`. */
export function flagOf(key: string): string {
  return `--${kebabCase(key)}`;
}
