/**
 * jinja2 templates. nunjucks reads them; they are then gone through here, step by step, with plain data only: the files
 * come from other people, and a template that is turned into code can be made to do anything.
 */
import { usageError } from '../../shared/errors.ts';
import type { Means } from '../drawing.ts';
import type { Source } from '../grammar/ast.ts';
import { squash } from '../squash.ts';
import { globalNames } from './functions.ts';
import { innerScope, type Rendering } from './scope.ts';
import { renderBody } from './statements.ts';
import { MissingPart, parseJinja } from './syntax.ts';

/**
 * At most `count` prompts: each rendering is one, or, when there are any, each `{% prompt %}` block of all renderings.
 * @throws usage errors `prompt-jinja`, `prompt-limit`, and those of drawing
 */
export async function renderJinja(source: Source, count: number, means: Means): Promise<string[]> {
  const tree = await parseJinja({ name: source.name, text: asJinjaReads(source.text) });
  const whole: string[] = [];
  const blocks: string[] = [];
  for (let i = 0; i < count && blocks.length < count; i++) {
    const rendering: Rendering = { source, means, blocks, depth: 0 };
    const globals = { names: globalNames(rendering), outer: undefined };
    whole.push(renderOnce(() => renderBody(tree, innerScope(globals), rendering), source));
  }
  const texts = blocks.length > 0 ? blocks.slice(0, count) : whole;
  return means.ignoreWhitespace ? texts.map(squash) : texts;
}

function renderOnce(render: () => string, { name }: Source): string {
  try {
    return render();
  } catch (thrown) {
    if (!(thrown instanceof MissingPart)) throw thrown;
    throw usageError(
      'prompt-jinja',
      `${name}: a part of the jinja2 template is missing, for example between [ and ].`,
      { cause: thrown },
    );
  }
}

/** One kind of line end, and none at the very end. */
function asJinjaReads(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replace(/\n$/, '');
}
