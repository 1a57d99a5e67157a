/** What a look at a server finds that leaves it as it was: for `doctor` and `backends`. */
import type { Capabilities } from './renderer.ts';

type ServerFamily = 'a1111' | 'forge' | 'comfyui';

export interface Examination {
  readonly address: string;
  readonly family: ServerFamily;
  /** Null where the server tells none without making an image. */
  readonly version: string | null;
  /** Why the server cannot be used at all; undefined when it can. */
  readonly problem?: string;
  /** Title of the selected checkpoint; null where the server has no selection. */
  readonly checkpoint: string | null;
  /** File names. */
  readonly models: readonly string[];
  /** Files that hold a network alone, of families other than the one that was asked for; left out where there are none. */
  readonly networks?: readonly string[];
  /**
   * What every search would stumble over although the server answers, a sentence each; looked for only when asked to try
   * what a search does first (`tries`).
   */
  readonly obstacles?: readonly string[];
  /** What stays in force for every image and should be known, a sentence each; named as `backends --json` prints it. */
  readonly remarks?: readonly string[];
  /** In the order in which `auto` tries them. */
  readonly mergeWays: readonly BackendExamination[];
}

export interface BackendExamination {
  readonly name: string;
  readonly summary: string;
  readonly capabilities: Capabilities;
  readonly takes: 'checkpoint' | 'lora' | 'nothing';
  /** What is missing and what to do; undefined when it is ready. */
  readonly missing?: string;
  /** It may be there, but a login is missing: `auto` stops at it rather than take a way behind it. */
  readonly wantsLogin?: boolean;
}
