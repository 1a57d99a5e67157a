import { differences, isObject, recording, replay } from './recording.ts';
import type { ImageHash } from './recording.ts';

/** Replays recordings by name, and remembers which, and what images came. */
export class Replayer {
  readonly images: ImageHash[] = [];
  readonly replayed = new Set<string>();

  /** Replays each and returns the differences by name; nothing for those without. */
  async series(url: string, names: string, changes: object = {}, varies: string[] = []): Promise<object> {
    const found: Record<string, string[]> = {};
    for (const name of names.trim().split(/\s+/u)) {
      this.replayed.add(name);
      const reply = await replay(url, name, changes);
      const faults = await differences(name, reply, this.images, varies);
      if (faults.length > 0) found[name] = faults;
    }
    return found;
  }

  /** Recordings whose body is a part of the whole: that part must be there with its values. */
  async parts(url: string, names: string): Promise<object> {
    const found: Record<string, unknown> = {};
    for (const name of names.trim().split(/\s+/u)) {
      this.replayed.add(name);
      const body: unknown = JSON.parse((await replay(url, name)).text);
      const recorded = recording(name).body;
      if (!isObject(body) || !isObject(recorded)) throw new Error(`${name} is no object`);
      const wrong = Object.entries(recorded).filter(([key, value]) => body[key] !== value);
      if (wrong.length > 0) found[name] = wrong.map(([key, value]) => [key, body[key], value]);
    }
    return found;
  }

  /** The parsed body, for recordings that hold only an extract. */
  async json(url: string, name: string): Promise<unknown> {
    this.replayed.add(name);
    return JSON.parse((await replay(url, name)).text);
  }
}
