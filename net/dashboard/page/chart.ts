/** Lines over the last two minutes, drawn without a library: two axes, no pointer needed. */
import { html } from 'htm/preact'
import type { Sample } from './sample.js'
import { millisText, rateText } from './show.js'

interface Line {
  readonly name: string
  readonly className: string
  readonly of: (sample: Sample) => number | null
}

interface ChartProps {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly lines: readonly Line[]
  readonly samples: readonly Sample[]
  readonly text: (value: number) => string
  readonly scaleOf: (most: number) => Scale
}

export interface Scale {
  /** Rising; the first stands at the bottom, the last at the top. */
  readonly ticks: readonly number[]
  /** How high a value stands, from 0 to 1. */
  readonly share: (value: number) => number
}

const width = 480
const height = 150
const left = 58
const bottom = 20
const spanMillis = 120_000

/** The next of 1, 2, 5, 10, … at or above. */
export function niceTop(most: number): number {
  if (!(most > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= most * 0.999) ?? most
}

export function linear(most: number): Scale {
  const top = niceTop(most)
  return { ticks: [0, top / 2, top], share: (value) => value / top }
}

const least = 0.1

/** Powers of ten from a tenth of a millisecond: buckets twice as wide are one step each. */
export function logarithmic(most: number): Scale {
  const decades = Math.max(2, Math.ceil(Math.log10(Math.max(most, least) / least) - 1e-9))
  const ticks = Array.from({ length: decades + 1 }, (_, i) => least * 10 ** i)
  return { ticks, share: (value) => Math.log10(Math.max(value, least) / least) / decades }
}

/** Gaps stay gaps; a value alone between two gaps is a dot. */
export function linePath(
  samples: readonly Sample[],
  of: (sample: Sample) => number | null,
  share: Scale['share'],
): string {
  const last = samples.at(-1)?.atMillis ?? 0
  let path = ''
  let isDown = false
  for (const sample of samples) {
    const value = of(sample)
    const x = width - ((last - sample.atMillis) / spanMillis) * (width - left)
    if (value === null || x < left) {
      isDown = false
      continue
    }
    const y = (1 - share(value)) * (height - bottom - 8) + 8
    path += `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${isDown ? '' : 'h0.1'}`
    isDown = true
  }
  return path
}

function Chart({ id, title, note, lines, samples, text, scaleOf }: ChartProps) {
  const values = samples.flatMap((sample) => lines.map(({ of }) => of(sample) ?? 0))
  const scale = scaleOf(Math.max(0, ...values))
  const newest = samples.at(-1)
  const latest = lines.map(({ name, of }) => {
    const value = newest === undefined ? null : of(newest)
    return { name, shown: value === null ? '–' : text(value) }
  })
  const said = latest.map(({ name, shown }) => `${name} ${shown}`).join(', ')
  const floor = height - bottom
  return html`<section class="card chart" aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    <p class="legend">
      ${lines.map(
        ({ name, className }, i) =>
          html`<span class="key"
            ><i class=${className} aria-hidden="true"></i>${name} <b>${latest[i]?.shown}</b></span
          >`,
      )}
    </p>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${`${title}, now: ${said}`}>
      ${scale.ticks.map((tick) => {
        const y = floor - scale.share(tick) * (floor - 8)
        return html`<g>
          <line class="grid" x1=${left} x2=${width} y1=${y} y2=${y} />
          <text x=${left - 6} y=${y + 4} class="end">${text(tick)}</text>
        </g>`
      })}
      <text x=${left} y=${height - 4} class="start">2 min ago</text>
      <text x=${width} y=${height - 4} class="end">now</text>
      ${[...lines]
        .reverse()
        .map(
          ({ className, of }) =>
            html`<path class=${className} d=${linePath(samples, of, scale.share)} />`,
        )}
    </svg>
    <p class="note">${note}</p>
  </section>`
}

const requestLines: readonly Line[] = [
  { name: 'reads', className: 'read', of: ({ reads }) => reads },
  { name: 'writes', className: 'write', of: ({ writes }) => writes },
  { name: 'failed', className: 'failed', of: ({ failed }) => failed },
]
const latencyLines: readonly Line[] = [
  { name: 'reads', className: 'read', of: ({ readMillis }) => readMillis },
  { name: 'writes', className: 'write', of: ({ writeMillis }) => writeMillis },
]

export function Charts({ samples }: { readonly samples: readonly Sample[] }) {
  return html`<${Chart}
      id="requests-title"
      title="Requests a second"
      note="What clients asked of this node; failed are rejected, refused or unknown."
      lines=${requestLines}
      samples=${samples}
      text=${rateText}
      scaleOf=${linear}
    /><${Chart}
      id="latency-title"
      title="Latency, 99 of 100 within"
      note="Upper bounds, a factor of two apart; no line where nothing was asked."
      lines=${latencyLines}
      samples=${samples}
      text=${millisText}
      scaleOf=${logarithmic}
    />`
}
