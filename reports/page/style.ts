/** The style sheet of reports: one text column, hairlines instead of boxes, figures that line up. */
import { paper } from './print.js'

/**
 * Every colour once, by what it means. Text on its background reaches 4.5 to 1, marks 3 to 1, in both themes; reads
 * (blue) and writes (orange) stay apart in all common kinds of colour blindness.
 */
const light = `
  --page: #fbfaf7; --raised: #ffffff; --sunken: #f3f1ec; --line: #dedad1; --grid: #e7e3db;
  --ink: #1a1c20; --muted: #5b606b; --accent: #1d4f91;
  --read: #1f6fb5; --write: #c2570c; --fault: #8e3b74; --good: #19714f; --bad: #b3203a; --warn: #8f5f00;
  --state: #3f4c73; --soft: #c5cbdc;
  --good-wash: #e3f1ea; --bad-wash: #fae6e8; --warn-wash: #f7edd8;
  --run-1: #1f6fb5; --run-2: #c2570c; --run-3: #19714f; --run-4: #8e3b74; --run-5: #5b606b; --run-6: #8f5f00;`

const dark = `
  --page: #14161a; --raised: #1c1f25; --sunken: #1a1d22; --line: #31353d; --grid: #292d34;
  --ink: #eceae5; --muted: #a4a9b4; --accent: #8fbcf2;
  --read: #62aef0; --write: #f2964a; --fault: #d48ac0; --good: #52c795; --bad: #ff8290; --warn: #e2b24c;
  --state: #a3b1de; --soft: #434b66;
  --good-wash: #17322a; --bad-wash: #3c1c23; --warn-wash: #362b15;
  --run-1: #62aef0; --run-2: #f2964a; --run-3: #52c795; --run-4: #d48ac0; --run-5: #a4a9b4; --run-6: #e2b24c;`

const base = `
* { box-sizing: border-box; }
html { color-scheme: light dark; scroll-behavior: smooth; scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 400 1rem/1.55 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; font-feature-settings: "cv05", "ss03"; text-rendering: optimizeLegibility; overflow-wrap: break-word; }
h1, h2, h3, p, figure, dl, dd, ol, ul { margin: 0; padding: 0; }
h1, h2, h3 { line-height: 1.2; font-weight: 640; text-wrap: balance; }
a { color: var(--accent); text-underline-offset: 0.2em; }
code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 9; padding: 0.5rem 1rem; background: var(--raised); }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
svg { display: block; }
`

const frame = `
.frame { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }
.rail { position: sticky; top: 0; z-index: 5; margin: 0 -1.25rem; background: color-mix(in srgb, var(--page) 92%, transparent); backdrop-filter: blur(8px); border-bottom: 1px solid var(--line); }
.rail .brand { display: none; }
.rail ul { display: flex; gap: 0.25rem; overflow-x: auto; list-style: none; padding: 0.4rem 1rem; scrollbar-width: none; }
.rail a { display: block; padding: 0.4rem 0.65rem; border-radius: 6px; color: var(--muted); text-decoration: none; font-size: 0.875rem; white-space: nowrap; }
.rail a:hover { color: var(--ink); background: var(--sunken); }
.rail a[aria-current] { color: var(--ink); font-weight: 600; }
main { min-width: 0; padding-bottom: 5rem; }
section { padding-top: 2.75rem; }
section > h2 { font-size: 1.5rem; letter-spacing: -0.015em; }
section > .lead { max-width: 44rem; margin-top: 0.4rem; color: var(--muted); }
footer { border-top: 1px solid var(--line); margin-top: 4rem; padding-top: 1rem; color: var(--muted); font-size: 0.875rem; }
@media (min-width: 70rem) {
  html { scroll-padding-top: 1rem; }
  .frame { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 3.5rem; padding: 0 2.5rem; }
  .rail { align-self: start; margin: 0; padding: 3.25rem 0 2rem; max-height: 100vh; overflow-y: auto; border: 0; background: none; backdrop-filter: none; }
  .rail .brand { display: block; padding: 0 0.65rem 1.25rem; font-size: 0.8125rem; color: var(--muted); }
  .rail .brand strong { display: block; color: var(--ink); font-size: 0.9375rem; font-weight: 640; overflow-wrap: anywhere; }
  .rail ul { flex-direction: column; gap: 0; padding: 0; }
  .rail a { padding: 0.3rem 0.65rem; border-radius: 0 6px 6px 0; border-left: 2px solid var(--line); }
  .rail a[aria-current] { border-left-color: var(--accent); }
}
`

const overview = `
.hero { padding-top: 3rem; }
.eyebrow { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; color: var(--muted); font-size: 0.875rem; }
h1 { margin-top: 0.6rem; font-size: clamp(2rem, 1.4rem + 2.6vw, 3.25rem); letter-spacing: -0.03em; line-height: 1.08; overflow-wrap: anywhere; }
.about { max-width: 46rem; margin-top: 0.9rem; font-size: 1.125rem; color: var(--muted); text-wrap: pretty; }
.verdict { display: inline-flex; align-items: center; gap: 0.45em; padding: 0.15em 0.7em 0.15em 0.55em; border-radius: 99px; font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.verdict svg { width: 1em; height: 1em; flex: none; }
.verdict.ok { background: var(--good-wash); color: var(--good); }
.verdict.violation { background: var(--bad-wash); color: var(--bad); }
.verdict.unknown, .verdict.none { background: var(--warn-wash); color: var(--warn); }
.hero > .verdict { margin-top: 1.25rem; font-size: 0.9375rem; padding: 0.35em 0.9em 0.35em 0.75em; }
.story { display: grid; gap: 1.75rem 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); margin-top: 2.25rem; padding-top: 1.5rem; border-top: 2px solid var(--ink); list-style: none; }
.story h2 { margin-bottom: 0.4rem; font-size: 0.8125rem; font-weight: 600; color: var(--muted); }
.story p { font-size: 1.125rem; line-height: 1.5; text-wrap: pretty; }
.tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.5rem 1.25rem; margin-top: 2.25rem; }
@media (min-width: 40rem) { .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (min-width: 64rem) { .tiles { grid-template-columns: repeat(6, minmax(0, 1fr)); } }
.tiles div { border-top: 1px solid var(--line); padding-top: 0.7rem; display: flex; flex-direction: column; }
.tiles dt { font-size: 0.8125rem; color: var(--muted); }
.tiles dd { font-size: 1.625rem; font-weight: 620; letter-spacing: -0.025em; line-height: 1.25; }
.tiles dd.note { font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; color: var(--muted); line-height: 1.4; }
.tiles .unit { font-size: 0.58em; font-weight: 500; letter-spacing: 0; color: var(--muted); margin-left: 0.15em; }
`

const tables = `
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
caption { text-align: left; color: var(--muted); font-size: 0.875rem; padding-bottom: 0.4rem; }
th { text-align: left; font-weight: 600; font-size: 0.8125rem; color: var(--muted); white-space: nowrap; vertical-align: bottom; }
th, td { padding: 0.5rem 1rem 0.5rem 0; border-bottom: 1px solid var(--line); }
td { vertical-align: top; }
tr > :last-child { padding-right: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
tbody th { color: var(--ink); font-size: inherit; white-space: normal; vertical-align: top; }
.verdicts { margin-top: 1.25rem; }
.verdicts td:nth-child(4) { width: 46%; }
.verdicts tbody th { font-weight: 600; white-space: nowrap; }
.verdicts .expected { color: var(--muted); white-space: nowrap; }
.verdicts ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin-top: 0.25rem; color: var(--muted); font-size: 0.8125rem; }
.verdicts tr.open td { padding-top: 0; }
.verdicts tr.has-more > * { border-bottom: 0; }
details > summary { cursor: pointer; color: var(--accent); font-size: 0.875rem; padding: 0.35rem 0; width: fit-content; }
details > summary:hover { text-decoration: underline; text-underline-offset: 0.2em; }
.verdicts .diagram { width: 0; min-width: 100%; }
.example { padding: 0.75rem 0 1.25rem; }
.example + .example { border-top: 1px dashed var(--line); }
.example > p { max-width: 46rem; }
@media (max-width: 44rem) {
  .verdicts thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .verdicts, .verdicts tbody, .verdicts tr, .verdicts td, .verdicts th { display: block; }
  .verdicts tr { padding: 0.9rem 0; border-bottom: 1px solid var(--line); }
  .verdicts tr.has-more { border-bottom: 0; padding-bottom: 0; }
  .verdicts td, .verdicts tbody th { border: 0; padding: 0.1rem 0; width: auto; }
  .verdicts td:nth-child(4) { width: auto; }
  .verdicts td.expected::before { content: "expected: "; }
}
`

const charts = `
.charts { display: grid; grid-template-columns: minmax(0, 1fr); margin-top: 1.5rem; }
.chart { grid-column: 1 / -1; min-width: 0; margin-bottom: 2.25rem; display: grid; grid-template-columns: minmax(0, 1fr); grid-template-rows: subgrid; grid-row: span 6; row-gap: 0; align-content: start; }
.chart > h3 { grid-row: 1; } .chart > .unit { grid-row: 2; } .chart > .keys { grid-row: 3; } .chart > .plot { grid-row: 4; } .chart > .caption { grid-row: 5; } .chart > details { grid-row: 6; }
@media (min-width: 36rem) { .charts { grid-template-columns: repeat(12, minmax(0, 1fr)); column-gap: 1.75rem; } .chart.third { grid-column: span 6; } }
@media (min-width: 52rem) { .charts { column-gap: 2.25rem; } .chart.half { grid-column: span 6; } .chart.third { grid-column: span 4; } }
.chart h3 { font-size: 1rem; }
.chart .unit { color: var(--muted); font-size: 0.875rem; }
.chart .keys { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; list-style: none; margin-top: 0.35rem; font-size: 0.8125rem; color: var(--muted); }
.chart .keys li { display: flex; align-items: center; gap: 0.45rem; }
.chart .plot { position: relative; margin-top: 0.6rem; min-height: var(--plot-height, 6rem); touch-action: pan-y; }
.chart .plot svg { max-width: 100%; height: auto; overflow: visible; }
.chart .caption { max-width: 46rem; margin-top: 0.45rem; font-size: 0.875rem; color: var(--muted); text-wrap: pretty; }
.chart details { margin-top: 0.1rem; }
.chart table { font-size: 0.875rem; }
.chart th, .chart td { padding-block: 0.3rem; }
.empty { margin-top: 1rem; padding: 1rem 1.25rem; border-radius: 8px; background: var(--sunken); color: var(--muted); max-width: 46rem; }
.cursor { position: absolute; top: 0; left: 0; bottom: 1.4rem; width: 1px; background: var(--ink); opacity: 0.45; pointer-events: none; }
.tip { position: fixed; top: 0; left: 0; z-index: 8; pointer-events: none; max-width: 20rem; padding: 0.5rem 0.7rem; border-radius: 8px; background: var(--raised); border: 1px solid var(--line); box-shadow: 0 6px 24px rgb(0 0 0 / 0.14); font-size: 0.8125rem; line-height: 1.45; }
.tip strong { display: block; font-weight: 600; }
.tip div { display: flex; justify-content: space-between; gap: 1.25rem; }
.tip .fault { color: var(--fault); }
`

const diagrams = `
.diagram { margin-top: 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); padding: 0.75rem 1rem; }
.spacetime { font-size: 11px; font-family: inherit; }
.spacetime .lane { stroke: var(--line); }
.spacetime .lane-name { fill: var(--ink); font-weight: 600; font-size: 12px; }
.spacetime .tick, .spacetime .gap { fill: var(--muted); }
.spacetime .gap { text-anchor: middle; font-size: 14px; }
.spacetime .tick-line { stroke: var(--grid); stroke-dasharray: 2 3; }
.spacetime .break { fill: var(--sunken); }
.spacetime .of-read { --hue: var(--read); } .spacetime .of-write { --hue: var(--write); } .spacetime .of-other { --hue: var(--muted); }
.spacetime .message line { stroke: var(--hue); stroke-width: 1.4; }
.spacetime .message .hit { stroke: transparent; stroke-width: 12; }
.spacetime .message .head { fill: var(--hue); }
.spacetime .message text { fill: var(--muted); font-size: 10px; paint-order: stroke; stroke: var(--raised); stroke-width: 3px; }
.spacetime .gone line:not(.hit) { stroke-dasharray: 4 3; }
.spacetime .cross { stroke: var(--bad); stroke-width: 2; fill: none; }
.spacetime .message:hover line:not(.hit) { stroke-width: 2.6; }
.spacetime .operation rect { fill: var(--hue); }
.spacetime .operation text { fill: var(--ink); paint-order: stroke; stroke: var(--raised); stroke-width: 3px; }
.spacetime .failed rect, .spacetime .open rect { fill: var(--raised); stroke: var(--hue); stroke-width: 1.5; }
.spacetime .open rect { stroke-dasharray: 3 2; }
`

const facts = `
.command { display: flex; align-items: center; gap: 1rem; margin-top: 1.25rem; padding: 0.9rem 1.1rem; border-radius: 8px; background: var(--sunken); border: 1px solid var(--line); }
.command pre { margin: 0; flex: 1; min-width: 0; overflow-x: auto; white-space: pre; font-size: 0.9375rem; }
button { font: inherit; font-size: 0.875rem; padding: 0.35rem 0.85rem; border-radius: 6px; border: 1px solid var(--line); background: var(--raised); color: var(--ink); cursor: pointer; }
button:hover { border-color: var(--muted); }
.facts { display: grid; gap: 0 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); margin-top: 1.25rem; }
.facts div { display: flex; justify-content: space-between; gap: 1.5rem; padding: 0.45rem 0; border-bottom: 1px solid var(--line); font-size: 0.9375rem; }
.facts dt { color: var(--muted); white-space: nowrap; }
.facts dd { text-align: right; overflow-wrap: anywhere; }
.events td { white-space: nowrap; }
.events td:last-child { white-space: normal; }
.swatch { display: inline-block; vertical-align: middle; margin-right: 0.5rem; }
.better { color: var(--good); } .worse { color: var(--bad); }
noscript p { margin-top: 1rem; color: var(--warn); }
`

export const style: string = `:root {${light}
}
@media (prefers-color-scheme: dark) { :root {${dark}
} }
${base}${frame}${overview}${tables}${charts}${diagrams}${facts}${paper(light)}`
