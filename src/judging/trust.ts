/**
 * A journal that came from somebody else is looked at like any file: no program that it names is started, and no address that it names
 * is sent anything, unless the user says that the run is to be trusted.
 */
import { reachOf } from '../score/index.ts';

/**
 * @param scorers as a journal names them, with or without a weight
 * @returns why they are not used unasked, as a sentence without its end; undefined where they only compute
 */
export function reachOfRecorded(scorers: readonly string[]): string | undefined {
  for (const text of scorers) {
    const [id = ''] = text.split('=');
    const reach = reachOf(id);
    if (reach === undefined) continue;
    const what =
      reach === 'program'
        ? 'starts a program that'
        : 'sends images, and possibly a login, to an address that';
    return `Scorer "${id}" ${what} the journal names; add --trust if the run is yours or comes from somebody you trust`;
  }
  return undefined;
}
