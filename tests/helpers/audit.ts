/** What axe-core finds in a page, whatever the page's policy. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** For `Look.script`. */
export const AXE = axe.source;

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** All that is not as it should be, a line each: the impact, the rule, and the first element. */
export async function audit(page: Page): Promise<readonly string[]> {
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    readonly violations: readonly Violation[];
  };
  return violations.map(
    ({ id, impact, help, nodes }) =>
      `${impact ?? 'minor'}: ${id}, ${help} (${nodes.length}): ${nodes[0]?.html.slice(0, 300) ?? ''} ${nodes[0]?.failureSummary ?? ''}`,
  );
}
