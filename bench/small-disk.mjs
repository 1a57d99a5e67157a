// File systems of their own for a bench, a few MiB each: they can be full, without a free inode, read-only, broken or gone as real ones.
// Linux and root only.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PAGE = 4096;
const MIB = 2 ** 20;

/** In memory, or in a file of its own that outlives its being unmounted. */
export class SmallDisk {
  #place = mkdtempSync(path.join(os.tmpdir(), 'autombw-small-disk-'));
  #device;
  #isMounted = false;
  folder = path.join(this.#place, 'disk');

  /** @param kind `tmpfs` or `ext4` @throws where nothing can be mounted */
  constructor(kind) {
    try {
      execFileSync('mkdir', [this.folder]);
      if (kind === 'ext4') {
        this.#device = path.join(this.#place, 'device');
        writeFileSync(this.#device, '');
        truncateSync(this.#device, 16 * MIB);
        quietly('mkfs.ext4', ['-q', this.#device]);
      }
      this.mount();
    } catch (error) {
      rmSync(this.#place, { recursive: true });
      throw error;
    }
  }

  mount() {
    if (this.#isMounted) return;
    const what =
      this.#device === undefined ? ['-t', 'tmpfs', '-o', 'size=16m', 'none'] : ['-o', 'loop', this.#device];
    quietly('mount', [...what, this.folder]);
    this.#isMounted = true;
  }

  /** Also while it is in use: who uses it goes on, nobody else sees it. */
  unmount() {
    if (this.#isMounted) quietly('umount', ['--lazy', this.folder]);
    this.#isMounted = false;
  }

  /** Whole again, and mounted. */
  repair() {
    this.unmount();
    // Ends with 1 where it has repaired something.
    if (this.#device !== undefined)
      try {
        quietly('e2fsck', ['-y', this.#device]);
      } catch (error) {
        if (error.status > 2) throw error;
      }
    this.mount();
  }

  /** As a disk does of which the system cannot write something: from now on it is read-only, whoever has files open. */
  breakDown() {
    quietly('mount', ['-o', 'remount,abort', this.folder]);
  }

  remount(options) {
    quietly('mount', ['-o', `remount,${options}`, this.folder]);
  }

  /** @param pages of 4 KiB that stay free */
  fill(pages) {
    const file = openSync(path.join(this.folder, 'full'), 'w');
    try {
      const { bfree, bsize } = statfsSync(this.folder);
      const bytes = Math.max(0, bfree * bsize - pages * PAGE);
      const zeros = Buffer.alloc(PAGE);
      for (let at = 0; at < bytes; at += PAGE) writeSync(file, zeros, 0, PAGE, at);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  free() {
    rmSync(path.join(this.folder, 'full'), { force: true });
  }

  /** No file more. */
  endInodes() {
    const { files, ffree } = statfsSync(this.folder);
    this.remount(`nr_inodes=${files - ffree}`);
  }

  /** Nothing can be renamed to the name of this file (EBUSY). */
  hold(file) {
    quietly('mount', ['--bind', file, file]);
  }

  letGo(file) {
    quietly('umount', [file]);
  }

  remove() {
    this.unmount();
    rmSync(this.#place, { recursive: true });
  }
}

function quietly(program, args) {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
