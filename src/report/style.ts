import { PLOT_COLOURS } from '../plot/index.ts';

/**
 * The looks of the page: light and dark, narrow and wide, on paper. Text has a contrast of 4.5 to 1 at least. What is too wide
 * scrolls, with a shade at the side where there is more.
 */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1c2026;--quiet:#59616c;--line:#d6dae0;--link:#0a58b8;--accent:#0a62c4;
--bar:#a9cdf5;--bar-in:#2f7fd6;--whisker:#1c2026;--good:#0d6b39;--good-paper:#e3f4ea;--bad:#a3251a;--bad-paper:#fbe7e5;--open:#6a4a00;--open-paper:#fdf1d3;--best:#fff3d6;--shade:#1c202666;${PLOT_COLOURS.light}}
@media (prefers-color-scheme:dark){:root{--paper:#15181d;--card:#1e2229;--ink:#e7eaee;--quiet:#a3acb8;--line:#39404a;--link:#7db7ff;--accent:#7db7ff;
--bar:#27507f;--bar-in:#6fb0f7;--whisker:#e7eaee;--good:#8fdcae;--good-paper:#12331f;--bad:#ffb0a6;--bad-paper:#45191a;--open:#f3cf82;--open-paper:#3a2d0c;--best:#3a2f12;--shade:#e7eaee66;${PLOT_COLOURS.dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:1100px;margin:0 auto;padding:0 16px}
h1{font-size:1.5rem;line-height:1.25;margin:24px 0 4px;overflow-wrap:anywhere}
h2{font-size:1.3rem;margin:40px 0 8px;overflow-wrap:anywhere}
h3{font-size:1.15rem;margin:36px 0 8px;padding-top:12px;border-top:1px solid var(--line)}
p{margin:8px 0;max-width:75ch}
a{color:var(--link)}
small{font-size:.8125rem;color:var(--quiet)}
code,pre{font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere;background:var(--card);border-radius:3px;padding:1px 4px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip-link{position:absolute;left:-999px}.skip-link:focus{left:8px;top:8px;background:var(--paper);padding:8px;z-index:2}
.sub,.quiet{color:var(--quiet)}.quiet{font-size:.875rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;padding:0;margin:12px 0}
nav a{display:inline-block;padding:4px 0}
.verdict{font-size:1.2rem;line-height:1.4;font-weight:600;padding:12px 16px;border-radius:8px;border-left:6px solid;max-width:none}
.verdict.proved{color:var(--good);background:var(--good-paper)}.verdict.worse{color:var(--bad);background:var(--bad-paper)}.verdict.open{color:var(--open);background:var(--open-paper)}
.note{color:var(--open);background:var(--open-paper);padding:6px 12px;border-radius:6px;max-width:none}
.claims,.steps{margin:8px 0;padding-left:20px}.steps li{margin:6px 0}
.wide{overflow-x:auto;margin:12px 0;max-width:100%;
background:linear-gradient(90deg,var(--paper) 40%,transparent) 0 0/36px 100% no-repeat local,linear-gradient(-90deg,var(--paper) 40%,transparent) 100% 0/36px 100% no-repeat local,
linear-gradient(90deg,var(--shade),transparent) 0 0/14px 100% no-repeat scroll,linear-gradient(-90deg,var(--shade),transparent) 100% 0/14px 100% no-repeat scroll}.tall{max-height:75vh;overflow-y:auto}
table{border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--quiet);font-size:.875rem;padding:4px 0}caption span{display:block;max-width:min(75ch,calc(100vw - 36px))}
th,td{padding:4px 14px 4px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
thead th,thead td{color:var(--quiet);font-weight:400;vertical-align:bottom}
tbody th{font-weight:500}
.n{text-align:right}td.n{white-space:nowrap}
.prompt{display:block;max-width:60ch;min-width:16ch;overflow-wrap:anywhere;white-space:pre-wrap}
dl{margin:8px 0;display:grid;gap:2px 16px}
dl div{display:grid;grid-template-columns:minmax(7em,11em) 1fr;gap:12px;border-bottom:1px solid var(--line);padding:3px 0}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
details{margin:10px 0}summary{cursor:pointer;padding:4px 0;color:var(--link)}
.interval,.share{position:relative;display:block;width:clamp(90px,24vw,260px);height:16px;margin:4px 0}
.interval i,.share i{position:absolute;display:block}
.interval .zero{top:0;bottom:0;width:1px;background:var(--quiet)}
.interval .line,.share .line{top:7px;height:2px;background:var(--whisker)}
.interval .dot{top:3px;width:10px;height:10px;margin-left:-5px;border-radius:5px;background:var(--accent)}
.difference{display:flex;flex-wrap:wrap;gap:0 12px;align-items:center;justify-content:flex-end}.difference small{display:inline-block}
.share .outer,.share .inner{top:2px;bottom:2px;left:0;background:var(--bar);border-radius:2px}.share .inner{background:var(--bar-in)}
.network{display:flex;flex-wrap:wrap;gap:8px 32px;align-items:flex-start}
.network svg{width:100%;flex:0 1 auto;height:auto;overflow:visible}
.network .path{fill:none;stroke:var(--quiet);stroke-width:2}.network .skip{fill:none;stroke:var(--line);stroke-width:2}
.block text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#14171b}
.block.long text{font-size:10.5px}
.block rect{stroke:#4a515b}.block.still rect{stroke-dasharray:3 3}
@media (prefers-color-scheme:dark){.block rect{stroke:#f4f6f8}}
.block:focus-visible{outline:none}.block:focus-visible rect{stroke:var(--accent);stroke-width:5}
.legend{flex:1 1 220px;display:flex;flex-direction:column;gap:6px;font-size:.9375rem}
.gradient{display:inline-block;vertical-align:middle;width:90px;height:14px;border-radius:3px;border:1px solid var(--quiet);background:linear-gradient(90deg,#8fc4ff,#ffb057)}
.readout{min-height:3em;font-weight:600}
.plot{margin:16px 0}.plot figcaption{color:var(--quiet);font-size:.875rem}.plot svg{display:block;max-width:100%;height:auto}
.narrow-only{display:none}.swatch{display:inline-block;width:12px;height:12px;border-radius:6px;margin-right:6px}
.sheet th,.sheet td{border:0;padding:0 6px 8px 0}.sheet tbody th{min-width:5.5em;max-width:9em;font-size:.875rem;overflow-wrap:anywhere;position:sticky;left:0;background:var(--paper)}
.sheet small{display:block}.sheet thead th{max-width:160px;overflow-wrap:anywhere;font-size:.8125rem}
.sheet img{display:block;width:auto;height:auto;max-width:clamp(96px,18vw,200px);max-height:220px;border-radius:4px}
.sheet td{vertical-align:top}.sheet .none{color:var(--quiet);font-size:.8125rem}
.slider{margin:16px 0}.choices{display:flex;flex-wrap:wrap;gap:8px 16px;margin-bottom:8px}
select,button{font:inherit;font-size:.9375rem;color:var(--ink);background:var(--card);border:1px solid var(--quiet);border-radius:6px;padding:6px 10px;max-width:100%}
.slider label{max-width:100%}
.stage{position:relative;width:min(100%,var(--wide,512px));touch-action:pan-y;--at:50%}
.stage img{display:block;width:100%;height:auto;border-radius:6px}
.stage [data-over]{position:absolute;inset:0;height:100%;object-fit:fill;clip-path:inset(0 calc(100% - var(--at)) 0 0)}
.stage:after{content:"";position:absolute;top:0;bottom:0;left:var(--at);width:3px;margin-left:-1.5px;background:#fff;box-shadow:0 0 0 1px #000;pointer-events:none}
.stage input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:ew-resize}
.stage:focus-within{outline:3px solid var(--accent);outline-offset:2px;border-radius:6px}
.copy{margin:12px 0}.copy-head{display:flex;gap:12px;align-items:center;justify-content:space-between;flex-wrap:wrap}.label{font-weight:600;margin:0}
pre{margin:4px 0;padding:10px;background:var(--card);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;max-height:24em;overflow:auto}
.sortable{table-layout:fixed;width:max(100%,760px)}.sortable th.n{width:6em}.sortable .bars-head{width:19em}.sortable td{overflow-wrap:anywhere}
.sortable thead{position:sticky;top:0;background:var(--paper);z-index:1}
.sortable th button{border:0;background:none;padding:0;color:var(--link)}
.sortable tr.best>*{background:var(--best)}
.sortable th[aria-sort=ascending] button:after{content:" ▲"}.sortable th[aria-sort=descending] button:after{content:" ▼"}
.bars{font:14px/1.2 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;color:var(--accent)}
footer{margin:48px auto 32px;color:var(--quiet);font-size:.875rem}
@media (max-width:560px){.narrow-only{display:block}.wide-only{display:none}h1{font-size:1.3rem}h2{font-size:1.2rem}th,td{padding-right:10px}
dl div{grid-template-columns:1fr;gap:0}}
@media print{.sheet img{max-width:clamp(36px,calc(520px / var(--columns)),160px)}.sheet thead th{max-width:none}:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--quiet:#444;--line:#bbb;--link:#000;--accent:#000;--bar:#bbb;--bar-in:#666;--whisker:#000;--good:#000;--good-paper:#fff;--bad:#000;--bad-paper:#fff;--open:#000;--open-paper:#fff;--best:#eee;${PLOT_COLOURS.light}}
nav,.slider,button,.skip-link,.readout{display:none}.wide,.tall{overflow:visible;max-height:none;background:none}pre{max-height:none}figure,table,.network{break-inside:avoid}.sortable{break-inside:auto}h2,h3{break-after:avoid}body{font-size:11pt}
.block rect{stroke:#4a515b}}
`;
