/** What comes after the demo, a line each: works in any folder. */
export const ON_YOUR_OWN = [
  'On your own models, in any folder:',
  '  autombw init --port 7860     asks for models and prompts, writes a payload and a config',
  '  autombw search --config first.config.json',
] as const;
