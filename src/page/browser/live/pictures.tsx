/** Pictures of the iteration that is being measured, as they come, of the latest one, of one that was chosen, and of the best. */
import { useState } from 'preact/hooks';
import type { PageArriving, PagePictures, PageSummary } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { useTrial } from './use-trial.ts';

interface PicturesProps {
  readonly run: string;
  readonly summary: PageSummary;
  readonly chosen: number | undefined;
}

export function Pictures({ run, summary, chosen }: PicturesProps) {
  const { pictures, bestPictures, keeps, current, arriving = null, servers } = summary;
  const other = useTrial(run, chosen);
  if (keeps === 'none') return <p class="quiet">This run keeps no images (--save-images none).</p>;
  return (
    <>
      {arriving !== null && (
        <Row
          run={run}
          title={`Iteration #${arriving.trial}, being measured: ${arriving.done} of ${arriving.total}`}
          pictures={arriving}
          toCome={arriving.total - arriving.done}
        />
      )}
      {current?.isOpen === true && arriving === null && (
        <p class="quiet">
          Iteration #{current.trial} is being measured; its images come{' '}
          {servers === undefined ? 'when it is scored.' : 'as they are made.'}
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

interface RowProps {
  readonly run: string;
  readonly title: string;
  readonly pictures: (Pick<PageArriving, 'trial' | 'images'> & Pick<PagePictures, 'kept'>) | null;
  /** Pictures that are not there yet. */
  readonly toCome?: number;
}

function Row({ run, title, pictures, toCome = 0 }: RowProps) {
  return (
    <>
      <h3>{title}</h3>
      {pictures === null || pictures.images.length + toCome === 0 ? (
        <p class="quiet">None.</p>
      ) : pictures.kept === false ? (
        <NotKept images={pictures.images} />
      ) : (
        <ul class="pictures">
          {pictures.images.map((image) => (
            <li key={`${pictures.trial} ${image.position} ${image.version}`}>
              <Picture run={run} trial={pictures.trial} image={image} />
            </li>
          ))}
          {Array.from({ length: toCome }, (_, i) => (
            <li key={i}>
              <div class="missing">to come</div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function NotKept({ images }: Pick<PageArriving, 'images'>) {
  return (
    <p class="quiet">
      Not kept (--save-images all keeps all). Scores:{' '}
      {images
        .map(({ payload, seed, score }) => `${payload} ${seed} ${score === null ? '–' : scoreText(score)}`)
        .join(', ')}
      .
    </p>
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
