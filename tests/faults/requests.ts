/** Names of what a search asks of each family of servers, for the rules of the proxy. */
import type { Rule } from '../helpers/fault-proxy.ts';
import type { Family } from './scenario.ts';

/** One image; on ComfyUI all images of an iteration. */
const DRAW: Readonly<Record<Family, string>> = {
  a1111: 'POST /sdapi/v1/txt2img',
  forge: 'POST /sdapi/v1/txt2img',
  comfyui: 'POST /prompt',
};

/** What an image comes back with. */
const FETCH: Readonly<Record<Family, string>> = { ...DRAW, comfyui: 'GET /view' };

/** A look at how far the server is. */
export const LOOK: Readonly<Record<Family, string>> = {
  a1111: 'GET /sdapi/v1/progress',
  forge: 'GET /sdapi/v1/progress',
  comfyui: 'GET /queue',
};

/** The first image of the second iteration, on its way back. */
export function onImage(family: Family, deed: Rule['deed'], times = 1): readonly Rule[] {
  return [{ on: FETCH[family], deed, times }];
}

export function onDraw(family: Family, deed: Rule['deed'], times = 1): readonly Rule[] {
  return [{ on: DRAW[family], deed, times }];
}
