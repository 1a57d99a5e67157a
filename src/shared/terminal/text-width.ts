/** How many columns of a terminal a text takes, and what of it fits into fewer. */

const CLUSTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Marks that stand above or below the letter before them, joiners, selectors. */
const NARROWEST = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Wide by Unicode's annex 11 in every terminal of today: Chinese, Japanese and Korean, full-width forms, pictures. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}])$/u;
/** Nothing in it is wider or narrower than one column. */
const PLAIN = /^[\u0020-\u007E\u00A0-\u00AC\u00AE-\u02FF\u2010-\u2027\u2500-\u259F]*$/;

/** @param text one line, without control characters @returns columns */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of CLUSTERS.segment(text)) width += clusterWidth(segment);
  return width;
}

/** The line itself where it fits; otherwise as much of its beginning as leaves a column for the `…` at its end. @param columns at least 1 */
export function fitText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let width = 1;
  let fitting = '';
  for (const { segment } of CLUSTERS.segment(text)) {
    width += clusterWidth(segment);
    if (width > columns) break;
    fitting += segment;
  }
  return `${fitting.trimEnd()}…`;
}

/** A picture that is made of several is as wide as its widest part. */
function clusterWidth(cluster: string): number {
  let widest = 0;
  for (const character of cluster) {
    if (NARROWEST.test(character)) continue;
    widest = Math.max(widest, WIDE.test(character) ? 2 : 1);
  }
  return widest;
}
