import fs from 'node:fs';
import type { Preset } from '../../../space/presets.ts';
import { findPreset, loadPresets } from '../../../weights/presets.ts';
import { columnsOf } from '../../../shared/terminal/abilities.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { canDrawBlocks, weightStrip } from './weight-strip.ts';
import { weightLines } from '../summary.ts';

/** @param given preset files, and names of presets to show alone and with their numbers */
export async function presetsCommand(
  context: CommandContext,
  given: readonly string[],
  { json }: { readonly json?: boolean },
): Promise<number> {
  const files = given.filter(isFile);
  const all = await loadPresets(files);
  const names = given.filter((one) => !files.includes(one));
  const shown = names.length === 0 ? all : names.map((name) => findPreset(all, name));
  if (json === true) {
    context.printJson(shown);
    return EXIT.ok;
  }
  const unicode = canDrawBlocks(context.process);
  for (const line of drawPresets(shown, columnsOf(context.process.stdout), unicode)) context.print(line);
  if (names.length > 0) {
    for (const preset of shown) {
      context.print(
        ['', preset.name, ...weightLines(preset.weights, context.process.stdout), ...aboutList(preset)].join(
          '\n',
        ),
      );
    }
  }
  return EXIT.ok;
}

/** A file that is not there is not a name either. */
function isFile(name: string): boolean {
  return /\.(?:tsv|txt)$/i.test(name) || (fs.existsSync(name) && fs.statSync(name).isFile());
}

/** What the 25 numbers of most presets need no word about. */
function aboutList({ baseAlpha, vaeWeight, layout, architectures }: Preset): string[] {
  if (baseAlpha === undefined && architectures === undefined) return [];
  const base = baseAlpha === undefined ? '' : `, base alpha ${baseAlpha}`;
  const vae = vaeWeight === undefined ? '' : `, VAE ${vaeWeight}`;
  return [`  in ${layout}${base}${vae}`];
}

/** Name and bars, as many presets beside each other as the width takes, in columns read from top to bottom. */
function drawPresets(presets: readonly Preset[], width: number, unicode: boolean): string[] {
  const longest = Math.max(0, ...presets.map(({ name }) => name.length));
  const strips = presets.map(({ weights }) => weightStrip(weights, unicode));
  const bars = Math.max(0, ...strips.map((strip) => strip.length));
  const room = Math.max(8, Math.min(longest, width - bars - 2));
  const columns = Math.max(1, Math.floor((width + 3) / (room + 2 + bars + 3)));
  const rows = Math.ceil(presets.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => {
      const at = column * rows + row;
      const name = presets[at]?.name;
      return name === undefined ? '' : `${shorten(name, room).padEnd(room)}  ${strips[at] ?? ''}`;
    })
      .join('   ')
      .trimEnd(),
  );
}

function shorten(name: string, room: number): string {
  return name.length > room ? `${name.slice(0, room - 1)}~` : name;
}
