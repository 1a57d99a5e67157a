/** How the two pictures were made: the text of the file, the weights of the iteration, what every scorer said. */
import { useRef, useState } from 'preact/hooks';
import { scoreText } from '../../../shared/score-text.ts';
import type { GalleryMerge, GalleryPicture } from '../../gallery/state.ts';
import { timeText } from '../words.ts';
import { useInfo } from './load.ts';
import type { Side } from './sides.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { duration } from '../../../shared/duration.ts';

interface DetailsSide {
  readonly side: Side;
  readonly merge: GalleryMerge | undefined;
  readonly picture: GalleryPicture | undefined;
}

interface DetailsProps {
  readonly run: string;
  readonly slot: number;
  /** Payload and seed. */
  readonly what: string;
  readonly sides: readonly DetailsSide[];
}

export function Details({ run, slot, what, sides }: DetailsProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="gallery-details" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>How these two images were made</summary>
      {isOpen && (
        <div class="gallery-columns">
          {sides.map(({ side, merge, picture }, at) =>
            merge === undefined || picture === undefined ? (
              <p key={at} class="quiet">
                {side.text}: this image was not made.
              </p>
            ) : (
              <OneSide
                key={at}
                run={run}
                slot={slot}
                what={what}
                title={side.text}
                merge={merge}
                picture={picture}
              />
            ),
          )}
        </div>
      )}
    </details>
  );
}

interface OneSideProps {
  readonly run: string;
  readonly slot: number;
  readonly what: string;
  readonly title: string;
  readonly merge: GalleryMerge;
  readonly picture: GalleryPicture;
}

function OneSide({ run, slot, what, title, merge, picture }: OneSideProps) {
  const { found: info, trouble } = useInfo(run, merge.id, slot);
  const rows: (readonly [string, string])[] = [
    ['Image', what],
    ['Score', scoreText(picture.score)],
    ...Object.entries(picture.raw).map(([name, value]) => [`Scorer ${name}`, scoreText(value)] as const),
    ['Drawn in', duration(picture.seconds)],
    ...(merge.score === null ? [] : [['Score over all images', scoreText(merge.score)] as const]),
    ...(merge.at === undefined ? [] : [['Finished', timeText(merge.at)] as const]),
    ...(info === undefined || info.server === '' ? [] : [['Server', info.server] as const]),
    ...(info?.file === undefined || info.file === null
      ? []
      : [
          [
            'File',
            `${info.file.name}, ${info.file.width} × ${info.file.height}, ${byteSize(info.file.bytes)}`,
          ] as const,
        ]),
  ];
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <Definitions rows={rows} />
      {trouble !== '' && <p class="note">How it was made is unknown: {trouble}.</p>}
      {info !== undefined && (
        <>
          <h3>{info.source === 'file' ? 'Settings in the file' : 'Requested settings'}</h3>
          {info.source === 'request' && (
            <p class="quiet">
              {info.file === null ? 'The image is not kept.' : 'The file does not contain any settings.'}
            </p>
          )}
          <Definitions
            rows={[
              ['Prompt', info.prompt],
              ['Negative prompt', info.negativePrompt],
              ...info.settings.map(({ name, value }) => [name, value] as const),
            ]}
          />
          {info.isCut && <p class="quiet">Very long values are cut off.</p>}
          {info.infotext !== null && <CopyText label="Text of the file" text={info.infotext} />}
        </>
      )}
      <h3>Weights</h3>
      <CopyText label="Weights by block" text={weightsText(merge.weights)} />
    </section>
  );
}

/** As `--warm-start` and the other options of weights take them. */
function weightsText(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([block, weight]) => `${block}=${weight}`)
    .join(',');
}

function Definitions({ rows }: { readonly rows: readonly (readonly [string, string])[] }) {
  return (
    <dl class="gallery-known">
      {rows.map(([name, value], at) => (
        <div key={at}>
          <dt>{name}</dt>
          <dd>{value === '' ? '–' : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A page that came over plain HTTP from another machine may not write to the clipboard: then the text is marked. */
function CopyText({ label, text }: { readonly label: string; readonly text: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [told, setTold] = useState('');
  const copy = async (): Promise<void> => {
    area.current?.focus();
    area.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setTold('Copied.');
    } catch {
      setTold('Selected: press Ctrl-C to copy.');
    }
  };
  return (
    <div class="gallery-copy">
      <textarea ref={area} readOnly rows={4} aria-label={label} value={text} spellcheck={false} />
      <button type="button" onClick={() => void copy()}>
        Copy
      </button>{' '}
      <span role="status" class="quiet">
        {told}
      </span>
    </div>
  );
}
