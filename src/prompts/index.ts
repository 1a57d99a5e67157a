export { drawPrompts, type DrawRequest, type PromptPair } from './draw.ts';
export { isTemplate, templateParts } from './is-template.ts';
export { readTemplateKind, TEMPLATE_KINDS, type TemplateKind } from './kinds.ts';
export { openWildcards } from './wildcards/folder.ts';
export type { Wildcards } from './wildcards/wildcards.ts';
