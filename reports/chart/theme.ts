/**
 * The look of all charts. Colours are custom properties of the page, so that light, dark and print
 * are a matter of the style sheet alone and one concept has one colour everywhere. Reads and
 * writes differ in brightness as well as in hue; nothing is told by colour alone.
 */
export const color = {
  read: 'var(--read)',
  write: 'var(--write)',
  good: 'var(--good)',
  bad: 'var(--bad)',
  warn: 'var(--warn)',
  fault: 'var(--fault)',
  state: 'var(--state)',
  soft: 'var(--soft)',
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
} as const

/** Runs side by side. */
export const runColors: readonly string[] = [1, 2, 3, 4, 5, 6].map((n) => `var(--run-${String(n)})`)

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** For vega-lite and, what is left of it, for vega. */
export const config = {
  background: 'transparent',
  // What a chart says is said by its caption and table; thousands of labelled marks would only be
  // noise.
  aria: true,
  font,
  padding: { left: 2, right: 10, top: 8, bottom: 2 },
  view: { stroke: null },
  axis: {
    labelColor: color.muted,
    labelFontSize: 11,
    labelPadding: 6,
    titleColor: color.muted,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    gridColor: color.grid,
    gridWidth: 1,
    domain: false,
    ticks: false,
  },
  axisX: {
    grid: false,
    ticks: true,
    tickSize: 4,
    tickColor: color.grid,
    domain: true,
    domainColor: color.grid,
  },
  line: { strokeWidth: 1.75, strokeJoin: 'round', strokeCap: 'round' },
  area: { line: false },
  text: { font, fontSize: 11, color: color.muted },
  style: { cell: { stroke: null } },
} as const
