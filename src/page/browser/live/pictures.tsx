/** Pictures of the latest iteration, of one that was chosen, and of the best. */
import { useEffect, useState } from 'preact/hooks';
import type { PageImage, PagePictures, PageSummary } from '../../state.ts';
import { scoreText } from '../../../shared/score-text.ts';

interface PicturesProps {
  readonly run: string;
  readonly summary: PageSummary;
  readonly chosen: number | undefined;
}

export function Pictures({ run, summary, chosen }: PicturesProps) {
  const { pictures, bestPictures, keeps, current } = summary;
  const other = useTrial(run, chosen);
  if (keeps === 'none') return <p class="quiet">This run keeps no pictures (--save-images none).</p>;
  return (
    <>
      {current?.isOpen === true && (
        <p class="quiet">
          Iteration #{current.trial} is being measured; its pictures come when it is scored.
          {keeps === 'best' &&
            ' Only those of the best, the baselines and the first are kept (--save-images all keeps all).'}
        </p>
      )}
      {chosen !== undefined && <Row run={run} title={`Iteration #${chosen}, as chosen`} pictures={other} />}
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

function useTrial(run: string, trial: number | undefined): PagePictures | null {
  const [found, setFound] = useState<PagePictures | null>(null);
  useEffect(() => {
    setFound(null);
    if (trial === undefined) return undefined;
    let isOver = false;
    const load = async (): Promise<void> => {
      const reply = await fetch(`/api/runs/${run}/trials/${trial}`);
      if (!reply.ok) return;
      // The same version of this package sends it.
      const { pictures }: { readonly pictures: PagePictures | null } = await reply.json();
      if (!isOver) setFound(pictures);
    };
    load().catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [run, trial]);
  return found;
}

function Row({
  run,
  title,
  pictures,
}: {
  readonly run: string;
  readonly title: string;
  readonly pictures: PagePictures | null;
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
  readonly image: PageImage;
}) {
  const [tries, setTries] = useState(0);
  const { position, payload, seed, score, version } = image;
  const address = `/api/runs/${run}/images/${trial}/${position}?v=${version}`;
  const text = `${payload}, seed ${seed}, score ${scoreText(score)}`;
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
        <b>{scoreText(score)}</b> {payload} <small>{seed}</small>
      </figcaption>
    </figure>
  );
}
