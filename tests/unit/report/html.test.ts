import { describe, expect, it } from 'vitest';
import { asMarkup, markup } from '../../../src/report/html.ts';

describe('markup', () => {
  it.each([
    ['</script><script>alert(1)</script>', '&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
    [`" onload='x'`, '&quot; onload=&#39;x&#39;'],
    ['a & b', 'a &amp; b'],
    ['a\u0000b\u001Bc\ud800d', 'a\uFFFDb\uFFFDc\uFFFDd'],
    ['two\nlines\tand a 😀', 'two\nlines\tand a 😀'],
  ])('escapes %j', (text, escaped) => {
    expect(markup`<p title="${text}">${text}</p>`.markup).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes markup as it is, lists one after the other, and nothing for what is not there', () => {
    expect(markup`${[1, asMarkup('<b>'), ['<', undefined]]}${false}`.markup).toBe('1<b>&lt;');
  });
});
