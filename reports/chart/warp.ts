/**
 * A time axis for reading, not for measuring. Around a violation there are bursts of a few
 * milliseconds with seconds between them: on an even axis every message would be a vertical line.
 * Order is kept; a step's width grows with the root of its length; what is idle is left out.
 */
export interface Warp {
  readonly widthPixels: number
  readonly toPixels: (micros: number) => number
  /** Where time was left out: the middle of the gap, and how much. */
  readonly breaks: readonly { readonly pixels: number; readonly micros: number }[]
  /** The beginning of every burst. */
  readonly starts: readonly { readonly pixels: number; readonly micros: number }[]
}

const breakPixels = 56
/** Somewhat closer than one would like is better than wider than the page. */
const tightest = 0.66
/** A gap so many times as long as the usual one is idle time. */
const idleGaps = 40

interface Step {
  readonly from: number
  readonly to: number
  readonly idle: boolean
  /** Before all steps are stretched to fill the width. */
  readonly width: number
}

/** @param times any order, at least one @param leastPixels the width to fill, breaks included */
export function warp(times: readonly number[], leastPixels: number): Warp {
  const points = [...new Set(times)].sort((a, b) => a - b)
  const steps = stepsOf(points)
  const idle = steps.filter((step) => step.idle).length * breakPixels
  const active = steps.reduce((sum, step) => sum + (step.idle ? 0 : step.width), 0)
  const stretch = active === 0 ? 1 : Math.max(tightest, (leastPixels - idle) / active)
  const lefts: number[] = [0]
  for (const step of steps) {
    lefts.push((lefts.at(-1) ?? 0) + (step.idle ? step.width : step.width * stretch))
  }
  const left = (index: number): number => lefts[index] ?? 0
  const starts = [{ pixels: 0, micros: points[0] ?? 0 }]
  const breaks: { pixels: number; micros: number }[] = []
  steps.forEach((step, index) => {
    if (!step.idle) return
    starts.push({ pixels: left(index + 1), micros: step.to })
    breaks.push({ pixels: (left(index) + left(index + 1)) / 2, micros: step.to - step.from })
  })
  const toPixels = (micros: number): number => {
    const index = steps.findLastIndex((step) => step.from <= micros)
    const step = steps[index]
    if (step === undefined) return 0
    const share = Math.min(1, (micros - step.from) / (step.to - step.from))
    return left(index) + share * (left(index + 1) - left(index))
  }
  return { widthPixels: left(steps.length), toPixels, breaks, starts }
}

/** From each point to the next. */
function stepsOf(points: readonly number[]): readonly Step[] {
  const gaps = points.slice(1).map((point, index) => point - (points[index] ?? 0))
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] ?? 1
  return gaps.map((gap, index) => {
    const [from, to] = [points[index] ?? 0, points[index + 1] ?? 0]
    const idle = gap > usual * idleGaps
    const width = Math.min(64, Math.max(7, 15 * Math.sqrt(gap / usual)))
    return { from, to, idle, width: idle ? breakPixels : width }
  })
}
