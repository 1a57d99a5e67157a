/** Files that the settings put in the place of the checkpoint's own parts, whatever is selected. */
import type { Webui } from './webui.ts';

/** Their names; painted images differ with each of them. */
export function otherParts({ options, settings: { family } }: Webui): readonly string[] {
  if (family !== 'forge') {
    const vae = options.get('sd_vae');
    return typeof vae === 'string' && vae !== 'Automatic' && vae !== 'None' ? [vae] : [];
  }
  const modules = options.get('forge_additional_modules');
  return Array.isArray(modules) ? modules.map((path) => String(path).replace(/^.*\//, '')) : [];
}

/** What the infotext says of them. */
export function partNotes(webui: Webui): Map<string, unknown> {
  const isForge = webui.settings.family === 'forge';
  return new Map(
    otherParts(webui).map((file, i) =>
      isForge ? [`Module ${i + 1}`, file.replace(/\.[^.]*$/, '')] : ['VAE', file],
    ),
  );
}
