import { describe, expect, it } from 'vitest';
import { findPanelEvents } from '../../../../../src/renderers/a1111/backends/gradio-events.ts';
import { gradioConfigSchema } from '../../../../../src/renderers/a1111/schemas.ts';
import { SEARCH_ORDER, WEIGHT_ORDERS } from '../../../../../src/architectures/sd-lists.ts';
import { LOAD, SAVE, UNLOAD, panelConfig } from './panel-config.ts';
import type { PanelConfig } from './panel-config.ts';

const find = (config: PanelConfig): ReturnType<typeof findPanelEvents> =>
  findPanelEvents(gradioConfigSchema.parse(config), SEARCH_ORDER, WEIGHT_ORDERS.recipe);

describe('findPanelEvents', () => {
  it('finds the recorded numbers of the first panel', () => {
    expect(find(panelConfig())).toEqual({ load: LOAD, unload: UNLOAD, save: SAVE });
  });

  it('follows the position, not the number', () => {
    const config = panelConfig();
    config.dependencies.unshift({ targets: [1], trigger: 'load', inputs: [], outputs: [] });
    expect(find(config)).toEqual({ load: LOAD + 1, unload: UNLOAD + 1, save: SAVE + 1 });
  });

  it('pairs the events of one panel when the order of panels differs', () => {
    const config = panelConfig();
    config.dependencies[LOAD] = {};
    config.dependencies[SAVE] = {};
    expect(find(config)).toEqual({ load: 920, unload: 921, save: 918 });
  });

  it('needs the dropdown, not a checkbox of the same name', () => {
    const config = panelConfig();
    for (const component of config.components) if (component.type === 'dropdown') component.type = 'checkbox';
    expect(find(config)).toEqual({ missing: expect.stringContaining('no event that loads model B') });
  });

  it('names the slider that stands elsewhere', () => {
    const config = panelConfig();
    for (const { type, props } of config.components) {
      if (type !== 'slider') continue;
      if (props['label'] === 'OUT') props['label'] = 'TIME_EMBED';
      else if (props['label'] === 'TIME_EMBED') props['label'] = 'OUT';
    }
    expect(find(config)).toEqual({
      missing: expect.stringContaining('"TIME_EMBED" as slider 14 where "OUT" should be'),
    });
  });

  it('does without a save event of the known form', () => {
    const config = panelConfig();
    for (const index of [SAVE, 918]) config.dependencies[index] = {};
    expect(find(config)).toEqual({ load: LOAD, unload: UNLOAD, save: undefined });
  });

  it('does not do without an unload event', () => {
    const config = panelConfig();
    for (const index of [UNLOAD, 921]) config.dependencies[index] = {};
    expect(find(config)).toEqual({ missing: expect.stringContaining('no event that unloads') });
  });

  it('is not upset by a page of something else', () => {
    expect(find({ components: [], dependencies: [] })).toEqual({ missing: expect.any(String) });
  });
});
