/**
 * Which of two pictures is shown first: whoever knows which one is new answers otherwise. By the picture, so that a resumed run
 * asks the same.
 * @param pixels hash of those of the new one, hex
 */
export function isNewFirst(pixels: string, trial = 0): boolean {
  return (Number.parseInt(pixels.slice(0, 8), 16) + trial) % 2 === 0;
}
