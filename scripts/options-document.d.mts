/** What the tests see of options-document.mjs. */
export function optionsDocument(schema: unknown): string;
