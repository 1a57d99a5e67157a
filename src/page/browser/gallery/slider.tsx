/** One picture over the other: the left one up to a bar, the right one behind it. The bar follows pointer, finger and keys. */
import { useRef, useState } from 'preact/hooks';
import { Frame } from './frame.tsx';
import { FullPicture } from './picture.tsx';
import { altOf, Caption, type StagePicture } from './stage-picture.tsx';

interface SliderProps {
  readonly left: StagePicture;
  readonly right: StagePicture;
  /** The right one is left of the bar. */
  readonly isTurned: boolean;
  readonly isActual: boolean;
}

/** Percent that a key moves the bar. */
const STEP = 2;
const LEAP = 10;

export function Slider({ left, right, isTurned, isActual }: SliderProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(50);
  const [isHeld, setHeld] = useState(false);
  const move = (to: number): void => setAt(Math.min(100, Math.max(0, to)));
  const follow = ({ clientX }: PointerEvent): void => {
    const box = frame.current?.getBoundingClientRect();
    if (box !== undefined && box.width > 0) move(((clientX - box.left) / box.width) * 100);
  };
  const keys: Readonly<Record<string, number>> = {
    ArrowLeft: at - STEP,
    ArrowDown: at - STEP,
    ArrowRight: at + STEP,
    ArrowUp: at + STEP,
    PageDown: at - LEAP,
    PageUp: at + LEAP,
    Home: 0,
    End: 100,
  };
  const percent = Math.round(at);
  return (
    <div>
      <div class="gallery-captions">
        <Caption picture={isTurned ? right : left} />
        <Caption picture={isTurned ? left : right} />
      </div>
      <Frame isActual={isActual} label="The two images">
        <div
          ref={frame}
          class="gallery-over"
          onPointerDown={(event) => {
            // At 1:1 the rest of the picture is for scrolling.
            const isBar = event.target instanceof Element && event.target.closest('[role=slider]') !== null;
            if (event.button !== 0 || (isActual && !isBar)) return;
            event.stopPropagation();
            event.currentTarget.setPointerCapture(event.pointerId);
            setHeld(true);
            follow(event);
          }}
          onPointerMove={(event) => isHeld && follow(event)}
          onPointerUp={() => setHeld(false)}
          onPointerCancel={() => setHeld(false)}
        >
          <FullPicture address={left.address ?? ''} alt={altOf(left)} isActual={isActual} />
          <div
            class="gallery-upper"
            style={{ clipPath: isTurned ? `inset(0 ${100 - at}% 0 0)` : `inset(0 0 0 ${at}%)` }}
          >
            <FullPicture address={right.address ?? ''} alt={altOf(right)} isActual={isActual} />
          </div>
          <div
            class="gallery-bar"
            role="slider"
            tabIndex={0}
            aria-label="Between the left and the right image"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
            aria-valuetext={`${percent} % left, ${100 - percent} % right`}
            style={{ left: `${at}%` }}
            onKeyDown={(event) => {
              const to = keys[event.key];
              if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
              event.preventDefault();
              move(to);
            }}
          >
            <span aria-hidden="true">‹ ›</span>
          </div>
        </div>
      </Frame>
    </div>
  );
}
