/** Pictures of the iteration that is being measured, as they come, of the latest one, of one that was chosen, and of the best. */
import { useState } from 'preact/hooks';
import type { PageArriving, PageSummary } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { useTrial } from './use-trial.ts';

interface PicturesProps {
  readonly run: string;
  readonly summary: PageSummary;
  readonly chosen: number | undefined;
}

export function Pictures({ run, summary, chosen }: PicturesProps) {
  const { pictures, bestPictures, keeps, current, arriving = null } = summary;
  const other = useTrial(run, chosen);
  if (keeps === 'none') return <p class="quiet">This run keeps no pictures (--save-images none).</p>;
  return (
    <>
      {arriving !== null && (
        <Row
          run={run}
          title={`Iteration #${arriving.trial}, being measured: ${arriving.done} of ${arriving.total}`}
          pictures={arriving}
        />
      )}
      {current?.isOpen === true && arriving === null && (
        <p class="quiet">
          Iteration #{current.trial} is being measured; its pictures come when it is scored.
          {keeps === 'best' &&
            ' Only those of the best, the baselines and the first are kept (--save-images all keeps all).'}
        </p>
      )}
      {chosen !== undefined && (
        <Row run={run} title={`Iteration #${chosen}, as chosen`} pictures={other?.pictures ?? null} />
      )}
      <Row
        run={run}
        title={pictures === null ? 'Latest' : `Latest, iteration #${pictures.trial}`}
        pictures={pictures}
      />
      {bestPictures !== null && bestPictures.trial !== pictures?.trial && (
        <Row run={run} title={`Best, iteration #${bestPictures.trial}`} pictures={bestPictures} />
      )}
    </>
  );
}

function Row({
  run,
  title,
  pictures,
}: {
  readonly run: string;
  readonly title: string;
  readonly pictures: Pick<PageArriving, 'trial' | 'images'> | null;
}) {
  return (
    <>
      <h3>{title}</h3>
      {pictures === null || pictures.images.length === 0 ? (
        <p class="quiet">None.</p>
      ) : (
        <ul class="pictures">
          {pictures.images.map((image) => (
            <li key={`${pictures.trial} ${image.position} ${image.version}`}>
              <Picture run={run} trial={pictures.trial} image={image} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** How often a picture is asked for again: it is written a moment after its score. */
const MOST_TRIES = 5;

function Picture({
  run,
  trial,
  image,
}: {
  readonly run: string;
  readonly trial: number;
  readonly image: PageArriving['images'][number];
}) {
  const [tries, setTries] = useState(0);
  const { position, payload, seed, score, version } = image;
  const address = `/api/runs/${run}/images/${trial}/${position}?v=${version}`;
  const rated = score === null ? 'not scored yet' : scoreText(score);
  const text = `${payload}, seed ${seed}, ${score === null ? rated : `score ${rated}`}`;
  return (
    <figure>
      {tries >= MOST_TRIES ? (
        <div class="missing">not kept</div>
      ) : (
        <a href={address} aria-label={`Full size: ${text}`}>
          <img
            src={`${address}&size=small${tries > 0 ? `&again=${tries}` : ''}`}
            alt={text}
            loading="lazy"
            onError={() => setTimeout(() => setTries(tries + 1), 500 * (tries + 1))}
          />
        </a>
      )}
      <figcaption>
        <b>{rated}</b> {payload} <small>{seed}</small>
      </figcaption>
    </figure>
  );
}
