/**
 * Which ways of merging know which merge methods: the one place that says so. Merged files are written by autombw itself and know all of them. Nodes
 * of ComfyUI add models up with a number for every block, so they know what is linear in the models. The extensions of AUTOMATIC1111 are driven for
 * their weighted sum alone.
 */
import { mergeMethodNames } from './registry.ts';

const MERGED_FILES = 'checkpoint';

/** As `--backend` names them. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  comfyui: ['weighted-sum', 'add-difference', 'multi-sum'],
  [MERGED_FILES]: mergeMethodNames(),
};

/** Methods that can be named for the way; none where it only has its own weighted sum. @param way as in `--backend` */
export function methodsOfWay(way: string): readonly string[] {
  return KNOWN[way] ?? [];
}

/** @param methods that are searched or fixed; none = the way's own weighted sum, which every way has */
export function waysThatKnow(methods: readonly string[]): string[] {
  return Object.keys(KNOWN).filter((way) => knowsAll(way, methods));
}

/** Why nothing but merged files can be meant, in one sentence; none where another way knows all of the methods, too. */
export function whyMergedFiles(methods: readonly string[]): string[] {
  const others = Object.keys(KNOWN).filter((way) => way !== MERGED_FILES);
  const own = methods.filter((method) => !others.some((way) => knowsAll(way, [method])));
  if (own.length === 0) return [];
  return [`Only merged files support the ${own.length === 1 ? 'method' : 'methods'} ${own.join(', ')}.`];
}

/** @returns true where no method is named */
export function knowsAll(way: string, methods: readonly string[]): boolean {
  return methods.every((method) => methodsOfWay(way).includes(method));
}
