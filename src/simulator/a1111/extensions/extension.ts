/** What an extension of the WebUI may do. A new one is one file that implements this and one line in the registry. */
import type { Architecture } from '../../../space/blocks.ts';
import type { CheckpointTable } from '../checkpoints.ts';
import type { LoraShares, LoraTag } from '../loras.ts';
import type { Memory } from '../memory.ts';
import type { UiLayout } from '../ui-layout.ts';

export interface ScriptArgument {
  readonly label: string;
  readonly value: unknown;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly step: number | null;
  readonly choices: readonly string[] | null;
}

/** An always-on script as `/sdapi/v1/script-info` tells it; it occurs once for txt2img and once for img2img. */
export interface AlwaysOnScript {
  readonly name: string;
  readonly args: readonly ScriptArgument[];
}

/** What an extension lives in. Both are the server's own; changing them is the whole point. */
export interface ExtensionHost {
  readonly memory: Memory;
  readonly table: CheckpointTable;
  readonly architecture: Architecture;
  /** The settings name what is in memory now as the selected checkpoint. */
  readonly noteCheckpoint: () => void;
}

/** A route of its own, behind no password. */
export interface ExtensionCall {
  /** `POST` unless given. */
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  /** @param body the parsed body, undefined without one */
  readonly answer: (body: unknown) => unknown;
}

export interface WebuiExtension {
  /** Folder name, as `/sdapi/v1/extensions` lists it. */
  readonly folder: string;
  readonly calls?: readonly ExtensionCall[];
  script?(): AlwaysOnScript;
  /** Its panel for one tab: components and events. */
  addPanel?(ui: UiLayout): void;
  /**
   * Called with all its arguments after the checkpoint is in memory and before the first step. Never throws.
   * @param notes what it wants to be said under the image, by label
   */
  beforeSampling?(args: readonly unknown[], notes: Map<string, unknown>): void;
  /** The share of a LoRA for each of its blocks; undefined = leave it as it is. */
  weighLora?(args: readonly unknown[], tag: LoraTag): LoraShares | undefined;
  /** Called when the checkpoint was changed in the settings; not for overrides of a single request. */
  afterCheckpointSetting?(): void;
}

export type ExtensionFactory = (host: ExtensionHost) => WebuiExtension;
