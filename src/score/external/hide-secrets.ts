import { quote } from './quote.ts';

/** Makes text from outside fit for a message: one line, in which no secret survives. */
export type Safe = (text: string, limit?: number) => string;

/** Secrets of up to three characters are not looked for: they would turn every message into dots. */
export function hideSecrets(secrets: readonly (string | undefined)[]): Safe {
  const hidden = secrets.filter((secret): secret is string => secret !== undefined && secret.length > 3);
  return (text, limit) =>
    quote(
      hidden.reduce((rest, secret) => rest.replaceAll(secret, '…'), text),
      limit,
    );
}
