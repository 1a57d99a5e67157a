/** Two pictures in large: beside each other, or one over the other with a slider between; changed over while a key is held. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Frame } from './frame.tsx';
import type { Laid } from './place.ts';
import { FullPicture } from './picture.tsx';
import { Slider } from './slider.tsx';
import { altOf, Caption, type StagePicture } from './stage-picture.tsx';

interface StageProps {
  readonly left: StagePicture;
  readonly right: StagePicture;
  /** Payload and seed. */
  readonly what: string;
  readonly laid: Laid;
  readonly onLaid: (laid: Laid) => void;
  /** To the next pair of pictures, or the one before; undefined where there is none. */
  readonly onNext: (() => void) | undefined;
  readonly onBefore: (() => void) | undefined;
  /** To another iteration of a side. */
  readonly onIteration: (side: 'left' | 'right', step: 1 | -1) => void;
}

export function Stage({ left, right, what, laid, onLaid, onNext, onBefore, onIteration }: StageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const [isTurned, setTurned] = useState(false);
  const [isActual, setActual] = useState(false);
  const { isFull, toggleFull, leaveFull } = useFull(stage);
  const canTurn = left.address !== undefined && right.address !== undefined;

  const keys: Readonly<Record<string, () => void>> = {
    f: () => setTurned(canTurn),
    s: () => onLaid(laid === 'slider' ? 'beside' : 'slider'),
    z: () => setActual(!isActual),
    ArrowLeft: () => onBefore?.(),
    ArrowRight: () => onNext?.(),
    '[': () => onIteration('right', -1),
    ']': () => onIteration('right', 1),
    '{': () => onIteration('left', -1),
    '}': () => onIteration('left', 1),
    Escape: leaveFull,
  };
  const press = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    // What scrolls, or moves the slider, has its own arrow keys.
    const isTaken =
      event.key.startsWith('Arrow') && event.target instanceof Element && hasArrows(event.target);
    if (act === undefined || isTaken || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (!event.repeat || event.key !== 'f') act();
  };
  return (
    <div
      ref={stage}
      class={`gallery-stage${isFull ? ' full' : ''}`}
      role="group"
      aria-label={`Two images: ${what}`}
      tabIndex={0}
      onKeyDown={press}
      onKeyUp={({ key }) => key === 'f' && setTurned(false)}
      onBlurCapture={() => setTurned(false)}
    >
      <div class="gallery-tools">
        <button
          type="button"
          disabled={onBefore === undefined}
          onClick={onBefore}
          aria-label="Previous image"
        >
          ‹
        </button>
        <button type="button" disabled={onNext === undefined} onClick={onNext} aria-label="Next image">
          ›
        </button>
        <button
          type="button"
          aria-pressed={laid === 'slider'}
          onClick={() => onLaid(laid === 'slider' ? 'beside' : 'slider')}
        >
          Slider
        </button>
        <HoldButton isOff={!canTurn} onHold={setTurned} />
        <button type="button" aria-pressed={isActual} onClick={() => setActual(!isActual)}>
          1:1
        </button>
        <button type="button" aria-pressed={isFull} onClick={toggleFull}>
          Full screen
        </button>
        <span class="quiet">{what}</span>
      </div>
      {laid === 'slider' && canTurn ? (
        <Slider left={left} right={right} isTurned={isTurned} isActual={isActual} />
      ) : (
        <Beside pictures={[left, right]} isTurned={isTurned} isActual={isActual} />
      )}
      <p class="gallery-keys quiet">
        Keys while this has the focus: hold F to swap the two, S slider, Z 1:1, ← → other image, [ ] other
        iteration on the right, {'{ }'} on the left.
      </p>
    </div>
  );
}

function hasArrows(element: Element): boolean {
  return element.closest('[role=slider], .gallery-frame.actual') !== null;
}

/** Both are scrolled together. They change places without being made again, so that nothing flickers. */
function Beside({
  pictures,
  isTurned,
  isActual,
}: {
  readonly pictures: readonly [StagePicture, StagePicture];
  readonly isTurned: boolean;
  readonly isActual: boolean;
}) {
  const pair = useRef<HTMLDivElement>(null);
  const follow = ({ currentTarget }: { readonly currentTarget: HTMLElement }): void => {
    for (const frame of pair.current?.querySelectorAll<HTMLElement>('.gallery-frame') ?? []) {
      if (frame === currentTarget) continue;
      frame.scrollLeft = currentTarget.scrollLeft;
      frame.scrollTop = currentTarget.scrollTop;
    }
  };
  return (
    <div class="gallery-beside" ref={pair}>
      {pictures.map((picture, at) => (
        <div key={at} style={{ order: isTurned ? 1 - at : at }}>
          <Caption picture={picture} />
          {picture.address === undefined ? (
            <div class="gallery-none">{picture.lack}</div>
          ) : (
            <Frame isActual={isActual} label={picture.title} onScroll={follow}>
              <FullPicture address={picture.address} alt={altOf(picture)} isActual={isActual} />
            </Frame>
          )}
        </div>
      ))}
    </div>
  );
}

/** The pictures change places as long as it is held, by mouse, finger or key. */
function HoldButton({
  isOff,
  onHold,
}: {
  readonly isOff: boolean;
  readonly onHold: (isHeld: boolean) => void;
}) {
  const isKey = ({ key }: KeyboardEvent): boolean => key === ' ' || key === 'Enter';
  const leave = (): void => onHold(false);
  return (
    <button
      type="button"
      class="gallery-hold"
      disabled={isOff}
      onPointerDown={() => onHold(true)}
      onPointerUp={leave}
      onPointerCancel={leave}
      onPointerLeave={leave}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => isKey(event) && onHold(true)}
      onKeyUp={(event) => isKey(event) && onHold(false)}
      onBlur={leave}
    >
      Hold to flip
    </button>
  );
}

/** The whole screen where the browser lets a page have it, else the whole window. */
function useFull(stage: { readonly current: HTMLElement | null }): {
  readonly isFull: boolean;
  readonly toggleFull: () => void;
  readonly leaveFull: () => void;
} {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    const see = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', see);
    return () => document.removeEventListener('fullscreenchange', see);
  }, []);
  const leaveFull = (): void => {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
    setFull(false);
  };
  const toggleFull = (): void => {
    if (isFull) return leaveFull();
    setFull(true);
    // A phone may know it for films only.
    if (document.fullscreenEnabled) stage.current?.requestFullscreen().catch(() => undefined);
    return undefined;
  };
  return { isFull, toggleFull, leaveFull };
}
