/** What A1111 reads in a prompt and ComfyUI does not: `(x:1.2)` and `\\(` mean the same to both, the rest is text. */

/** Less what has no meaning for ComfyUI, which would draw it: the word BREAK, and tags of LoRAs. */
export function plainText(prompt: string): string {
  return prompt
    .replaceAll(LORA_TAG, '')
    .replaceAll(/\s*\bBREAK\b\s*/g, ' ')
    .trim();
}

/** `<lora:name:0.8>`; its inside is the first group. */
export const LORA_TAG = /<lora:([^>]*)>/gi;

/** The kinds of syntax that the prompt uses, in words for a sentence. */
export function foreignSyntax(prompt: string): readonly string[] {
  return SYNTAX.filter(({ pattern }) => pattern.test(prompt)).map(({ words }) => words);
}

const SYNTAX: readonly { readonly pattern: RegExp; readonly words: string }[] = [
  { pattern: /\bBREAK\b/, words: 'BREAK is ignored' },
  { pattern: /(?<!\\)\[[^\]:|]*\]/, words: '[x] is read as plain text instead of as less emphasis' },
  { pattern: /(?<!\\)\[[^\]]*[:|][^\]]*\]/, words: '[a:b:0.5] and [a|b] are read as plain text' },
  { pattern: /\bAND\b/, words: 'AND is read as plain text' },
];
