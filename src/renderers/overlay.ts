/** A renderer some of whose parts are others; everything else is that of the renderer below. */
import type { Renderer } from './renderer.ts';

export function overlay(renderer: Renderer, others: Partial<Renderer>): Renderer {
  return new Proxy(renderer, {
    get(target, key) {
      if (Reflect.has(others, key)) return Reflect.get(others, key, others) as unknown;
      const value: unknown = Reflect.get(target, key, target);
      // Methods reach private fields, which only the renderer itself has.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set(target, key, value) {
      const owner = Reflect.has(others, key) ? others : target;
      return Reflect.set(owner, key, value, owner);
    },
  });
}

/** @param name that a person has given it; messages have it before the renderer's own */
export function named(renderer: Renderer, name: string): Renderer {
  return overlay(renderer, {
    get name() {
      return `${name} (${renderer.name})`;
    },
  });
}
