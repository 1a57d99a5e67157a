import { describe, expect, it } from 'vitest';
import { DiskQueue } from '../../../src/images/disk-queue.ts';

/** A disk that refuses while it is full. */
function makeDisk(mostBytes?: number) {
  const disk = { isFull: false, files: [] as string[], told: [] as string[] };
  const queue = new DiskQueue({
    folder: 'images',
    onTrouble: (message) => void disk.told.push(message),
    ...(mostBytes !== undefined && { mostBytes }),
  });
  const act = (work: () => void) => async (): Promise<void> => {
    if (disk.isFull) throw refusal('ENOSPC');
    work();
  };
  return {
    disk,
    queue,
    write: (name: string, bytes = 1) =>
      queue.add({ act: act(() => void disk.files.push(name)), images: [bytes] }),
    remove: (name: string) =>
      queue.add({ act: act(() => (disk.files = disk.files.filter((file) => file !== name))) }),
  };
}

function refusal(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code, errno: -1 });
}

describe('work on a disk', () => {
  it('that was full for a while is done later, in its order, and told twice', async () => {
    const { disk, queue, write, remove } = makeDisk();
    write('1');
    await queue.settled();
    disk.isFull = true;
    write('2');
    write('3');
    remove('2');
    await queue.settled();
    expect(disk.files).toEqual(['1']);
    disk.isFull = false;
    write('4');
    await queue.settled();
    expect(disk.files).toEqual(['1', '3', '4']);
    expect(disk.told).toEqual([
      'Cannot write images to images (ENOSPC: refused); the run continues, and they will be written once the disk accepts them.',
      'Images can be written to images again.',
    ]);
  });

  it('is tried a last time at the end', async () => {
    const { disk, queue, write } = makeDisk();
    disk.isFull = true;
    write('1');
    await queue.settled();
    disk.isFull = false;
    await queue.flush();
    expect(disk.files).toEqual(['1']);
    expect(disk.told.at(-1)).toBe('Images can be written to images again.');
  });

  it('that is still refused then is told', async () => {
    const { disk, queue, write, remove } = makeDisk();
    disk.isFull = true;
    write('1');
    write('2');
    remove('1');
    await queue.flush();
    expect(disk.told.at(-1)).toBe('2 images could not be written to images.');
    expect(queue.hasRefused).toBe(true);
  });

  it('gives the oldest images up where memory ends', async () => {
    const { disk, queue, write } = makeDisk(2);
    disk.isFull = true;
    for (const name of ['1', '2', '3']) write(name);
    await queue.settled();
    disk.isFull = false;
    await queue.flush();
    expect(disk.files).toEqual(['2', '3']);
    expect(disk.told.at(-1)).toBe(
      'Images can be written to images again; 1 image could not be saved in the meantime.',
    );
  });

  it.each(['EISDIR', 'ENAMETOOLONG'])(
    'does not wait for one file of which the system says %s',
    async (code) => {
      const { disk, queue, write } = makeDisk();
      queue.add({ act: async () => Promise.reject(refusal(code)), images: [1] });
      write('2');
      await queue.settled();
      expect(disk.files).toEqual(['2']);
    },
  );

  it('is finished before whoever asked is told so, refused or not', async () => {
    const { disk, queue } = makeDisk();
    const done: string[] = [];
    disk.isFull = true;
    queue.add({ act: async () => Promise.reject(refusal('EIO')), done: () => void done.push('refused') });
    queue.add({ act: async () => undefined, done: () => void done.push('held') });
    await queue.settled();
    expect(done).toEqual(['refused', 'held']);
  });
});
