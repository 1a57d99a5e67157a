/** One of the two pictures in large, and the words above it. */

export interface StagePicture {
  /** Of the whole picture; undefined for one that is not there, and why stands in `lack`. */
  readonly address: string | undefined;
  readonly lack: string;
  /** Whose it is, and its score. */
  readonly title: string;
  readonly score: string;
}

export function Caption({ picture: { title, score } }: { readonly picture: StagePicture }) {
  return (
    <p class="gallery-caption">
      {title} <b>{score}</b>
    </p>
  );
}

export function altOf({ title, score }: StagePicture): string {
  return score === '' ? title : `${title}, ${score}`;
}
