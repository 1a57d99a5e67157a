/** Waiting for something only so long. */

/**
 * What comes of the work; it goes on by itself after the time is over.
 * @returns undefined where it is not done by then
 * @throws what the work throws within that time
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
