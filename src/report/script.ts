/**
 * What the page can do beside being read: compare two images, sort the iterations, copy, and say in large letters what a block is.
 * Without it the page lacks nothing that is written. It asks for nothing from outside.
 */
export const SCRIPT = `
'use strict';
for (const slider of document.querySelectorAll('.slider')) {
  const sheet = document.getElementById(slider.dataset.sheet);
  const stage = slider.querySelector('.stage');
  const range = slider.querySelector('input');
  const caption = slider.querySelector('[data-caption]');
  const sides = [...slider.querySelectorAll('select[data-side]')];
  const which = slider.querySelector('select[data-image]');
  const picture = (row, column) => {
    const line = [...sheet.querySelectorAll('tr[data-row]')].find((one) => one.dataset.row === row);
    return line && line.querySelectorAll('td')[column].querySelector('img');
  };
  const show = () => {
    const column = Number(which.value);
    const [left, right] = sides.map((side) => picture(side.value, column));
    const [over, under] = [stage.querySelector('[data-over]'), stage.querySelector('[data-under]')];
    stage.hidden = !left || !right;
    if (stage.hidden) {
      caption.textContent = 'One of the two has no such image.';
      return;
    }
    for (const [shown, source] of [[over, left], [under, right]]) {
      shown.src = source.src;
      shown.alt = source.alt;
      shown.width = source.width;
      shown.height = source.getAttribute('height');
    }
    stage.style.setProperty('--wide', Math.max(512, Number(right.getAttribute('width'))) + 'px');
    caption.textContent = 'Left: ' + left.alt + '. Right: ' + right.alt + '.';
    move();
  };
  const move = () => {
    stage.style.setProperty('--at', range.value + '%');
    range.setAttribute('aria-valuetext', range.value + ' % left image');
  };
  range.addEventListener('input', move);
  for (const select of slider.querySelectorAll('select')) select.addEventListener('change', show);
  slider.hidden = false;
  show();
}
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.querySelectorAll('th')];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') === 'descending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const value = (text) => {
        const number = text.trim() === '' || text === '\\u2013' ? NaN : Number(text.replace('\\u2212', '-'));
        return Number.isNaN(number) ? text : number;
      };
      const keyed = [...body.rows].map((row) => ({ row, key: value(row.cells[column].textContent) }));
      const isNumber = (key) => typeof key === 'number';
      keyed.sort((a, b) => {
        if (isNumber(a.key) !== isNumber(b.key)) return isNumber(a.key) ? -1 : 1;
        const order = isNumber(a.key) ? a.key - b.key : a.key.localeCompare(b.key);
        return up ? order : -order;
      });
      body.append(...keyed.map(({ row }) => row));
    });
  });
}
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  const said = button.innerHTML;
  button.hidden = false;
  button.addEventListener('click', async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      done = document.execCommand('copy');
    }
    button.textContent = done ? 'Copied' : 'Selected: copy it now';
    setTimeout(() => { button.innerHTML = said; }, 2000);
  });
}
for (const network of document.querySelectorAll('.network')) {
  const readout = network.querySelector('[data-readout]');
  const say = (event) => {
    const block = event.target.closest('.block');
    if (block) readout.textContent = block.getAttribute('aria-label');
  };
  for (const kind of ['pointerover', 'focusin', 'click']) network.addEventListener(kind, say);
}
const folded = [];
addEventListener('beforeprint', () => {
  for (const one of document.querySelectorAll('details:not([open])')) {
    one.open = true;
    folded.push(one);
  }
});
addEventListener('afterprint', () => {
  for (const one of folded.splice(0)) one.open = false;
});
`;
