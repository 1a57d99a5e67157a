export { drawPrompts, type PromptPair } from './draw.ts';
export { isTemplate, templateParts } from './is-template.ts';
export { readTemplateKind, type TemplateKind } from './kinds.ts';
export { openWildcards } from './wildcards/folder.ts';
export type { Wildcards } from './wildcards/wildcards.ts';
