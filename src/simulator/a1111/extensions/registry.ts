import type { ExtensionFactory } from './extension.ts';
import { runtimeBlockMerge } from './runtime-block-merge.ts';

/** The extensions that can be installed, in the order in which their scripts run. */
export const EXTENSIONS: readonly ExtensionFactory[] = [runtimeBlockMerge];
