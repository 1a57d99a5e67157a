/** What a picture in large lies in: at 1:1 it is scrolled by touch, keys and bars, and drawn about by the mouse. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface FrameProps {
  readonly isActual: boolean;
  readonly label: string;
  readonly onScroll?: (event: { readonly currentTarget: HTMLElement }) => void;
  readonly children: ComponentChildren;
}

export function Frame({ isActual, label, onScroll, children }: FrameProps) {
  const held = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const letGo = (): void => {
    held.current = null;
  };
  if (!isActual) return <div class="gallery-frame">{children}</div>;
  return (
    <div
      class="gallery-frame actual"
      tabIndex={0}
      role="group"
      aria-label={`${label}, scrollable`}
      onPointerDown={(event) => {
        // A finger scrolls by itself.
        if (event.pointerType !== 'mouse' || event.button !== 0) return;
        const { scrollLeft, scrollTop } = event.currentTarget;
        held.current = { x: event.clientX + scrollLeft, y: event.clientY + scrollTop };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={({ currentTarget, clientX, clientY }) => {
        if (held.current === null) return;
        currentTarget.scrollLeft = held.current.x - clientX;
        currentTarget.scrollTop = held.current.y - clientY;
      }}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      {...(onScroll !== undefined && { onScroll })}
    >
      {children}
    </div>
  );
}
