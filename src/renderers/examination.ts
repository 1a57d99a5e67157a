/** What a look at a server finds that changes nothing on it: for `doctor` and `backends`. */
import type { Capabilities } from './renderer.ts';

export interface Examination {
  readonly address: string;
  readonly family: 'a1111' | 'comfyui';
  /** Null where the server tells none without making a picture. */
  readonly version: string | null;
  /** Why the server cannot be used at all; undefined when it can. */
  readonly problem?: string;
  /** Title of the selected checkpoint; null where the server has no selection. */
  readonly checkpoint: string | null;
  /** File names. */
  readonly models: readonly string[];
  /**
   * What every search would stumble over although the server answers, a sentence each; looked for only when asked to try
   * what a search does first (`tries`).
   */
  readonly obstacles?: readonly string[];
  /** In the order in which `auto` tries them. */
  readonly mergeWays: readonly MergeWayExamination[];
}

export interface MergeWayExamination {
  readonly name: string;
  readonly summary: string;
  readonly capabilities: Capabilities;
  readonly takes: 'checkpoint' | 'lora';
  /** What is missing and what to do; undefined when it is ready. */
  readonly missing?: string;
}
