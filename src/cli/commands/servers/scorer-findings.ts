/** What `autombw doctor` says of scorers. One that is not set up is no fault; one whose files are wrong is. */
import { judgesOnThisMachine, scorerReadiness, type ScorerReadiness } from '../../../score/index.ts';
import type { Finding } from './finding.ts';

export async function scorerFindings(): Promise<Finding[]> {
  const scorers = await scorerReadiness();
  const named = (state: ScorerReadiness['state']): string =>
    scorers
      .filter((scorer) => scorer.state === state)
      .map(({ id }) => id)
      .join(', ');
  const untouched = named('untouched');
  const { suggestion } = await judgesOnThisMachine();
  return [
    { what: 'scorers', ok: true, detail: `ready: ${named('ready')}` },
    ...scorers.flatMap(({ id, state, detail }): Finding[] => {
      const what = `scorer ${id}`;
      if (state === 'needs') return [{ what, ok: true, isUnused: true, detail: `needs ${detail}` }];
      if (state === 'lacks')
        return [{ what, ok: true, isUnused: true, detail: `not ready: missing ${detail}` }];
      if (state !== 'wrong') return [];
      return [{ what, ok: false, detail: `${detail}; see autombw models check ${id}` }];
    }),
    ...(untouched === ''
      ? []
      : [
          {
            what: 'scorers',
            ok: true,
            isUnused: true,
            detail: `not ready, none of their files are installed: ${untouched}; autombw models check NAME lists them`,
          },
        ]),
    { what: 'judge', ok: true, detail: suggestion },
  ];
}
