/**
 * A time axis that leaves out what is idle. Around a violation there are bursts of a few
 * milliseconds with seconds between them: on an even axis every message would be a vertical line.
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

interface Burst {
  readonly from: number
  readonly to: number
}

/** @param times any order, at least one @param widthPixels of the whole, breaks included */
export function warp(times: readonly number[], widthPixels: number): Warp {
  const bursts = burstsOf([...new Set(times)].sort((a, b) => a - b))
  const active = bursts.reduce((sum, burst) => sum + (burst.to - burst.from), 0)
  const room = Math.max(40, widthPixels - (bursts.length - 1) * breakPixels)
  const perMicro = active === 0 ? 0 : room / active
  const lefts: number[] = []
  let left = 0
  for (const burst of bursts) {
    lefts.push(left)
    left += (burst.to - burst.from) * perMicro + breakPixels
  }
  const toPixels = (micros: number): number => {
    let index = bursts.findLastIndex((burst) => burst.from <= micros)
    if (index < 0) index = 0
    const burst = bursts[index] as Burst
    const inside = Math.min(Math.max(micros, burst.from), burst.to) - burst.from
    // A point within a gap is drawn within the break, in proportion.
    const next = bursts[index + 1]
    const beyond = micros - burst.to
    const part =
      next !== undefined && beyond > 0 ? (beyond / (next.from - burst.to)) * breakPixels : 0
    return (lefts[index] ?? 0) + inside * perMicro + part
  }
  return {
    widthPixels: left - breakPixels,
    toPixels,
    breaks: bursts.slice(1).map((burst, index) => ({
      pixels: (lefts[index + 1] ?? 0) - breakPixels / 2,
      micros: burst.from - (bursts[index] as Burst).to,
    })),
    starts: bursts.map((burst, index) => ({ pixels: lefts[index] ?? 0, micros: burst.from })),
  }
}

/** A gap is left out if it is ten times the usual one and a good part of the whole. */
function burstsOf(times: readonly number[]): readonly Burst[] {
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0
  const whole = (times.at(-1) ?? 0) - (times[0] ?? 0)
  const bursts: { from: number; to: number }[] = []
  times.forEach((time, index) => {
    const gap = gaps[index - 1]
    const last = bursts.at(-1)
    const idle = gap !== undefined && gap > usual * 10 && gap > whole * 0.15
    if (last === undefined || idle) bursts.push({ from: time, to: time })
    else last.to = time
  })
  return bursts
}
