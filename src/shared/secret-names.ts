/** Which values of settings are secrets, by their names; and how a setting is kept without them. */

/** Names of headers and parameters that say who asks, and not what: their values neither belong into messages nor change a score. */
export function isSecretName(name: string): boolean {
  return /auth|cookie|key|token|secret|pass|sig/i.test(name);
}

const FROM_ENVIRONMENT = /^env:([A-Za-z_]\w*)$/;

/** The variable that such a value is taken from: `env:NAME`; undefined for a value that stands there itself. */
export function variableIn(value: string): string | undefined {
  return FROM_ENVIRONMENT.exec(value)?.[1];
}

/** In the place of a secret that was given as it is: where a later command finds it, as `env:AUTOMBW_SCORER_X_API_KEY`. */
export function inItsPlace(name: string, value: string): string {
  if (variableIn(value) !== undefined) return value;
  return `env:AUTOMBW_SCORER_${name.toUpperCase().replaceAll(/\W+/g, '_')}`;
}

/** The address, with or without `http://`, without user and password. */
export function withoutLogin(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:\/\/)?[^/?#]*@/i, '$1');
}

/** The same, with what its query holds of secrets in variables. Text that is no web address stays as it is. */
export function addressWithoutSecrets(text: string): string {
  if (!/^https?:\/\//i.test(text)) return text;
  const address = withoutLogin(text);
  return address.replaceAll(
    /([?&])([^=&#]+)=([^&#]*)/g,
    (whole, sign: string, name: string, value: string) =>
      isSecretName(name) ? `${sign}${name}=${inItsPlace(name, value)}` : whole,
  );
}
