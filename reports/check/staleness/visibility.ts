/**
 * From samples (age of the newest commit, seen or not) to the t-visibility curve and its quantiles.
 */
import type { SeriesPoint } from '../verdict.js'

/**
 * Samples in one number each, `2 * age + seen` with the age in whole microseconds, ascending: a
 * million of them sort in a tenth of a second.
 */
export type Sightings = Float64Array

export const packSighting = (ageMicros: number, sees: boolean): number =>
  Math.floor(ageMicros) * 2 + (sees ? 1 : 0)

const ageOf = (sighting: number): number => Math.floor(sighting / 2)
const seenOf = (sighting: number): number => sighting % 2

/** Fewer reads than this cannot show that 99 of 100 saw something. */
export const leastReads = 100

/** How many reads began so long after a commit, where hardly any did; null: enough did. */
export const seldomSeen = (sightings: Sightings, micros: number): number | null => {
  const late = sightings.subarray(-leastReads).filter((sighting) => ageOf(sighting) >= micros)
  return late.length < leastReads ? late.length : null
}

/** Bins per factor of ten: about 25% wide each, and 7 decades from 10 us fit 70 points. */
const binsPerDecade = 10
/** 95%, two-sided. */
const z = 1.959964

/** Per bin of ages on a logarithmic scale: the share that saw it, with Wilson's interval. */
export const visibilityCurve = (sightings: Sightings): readonly SeriesPoint[] => {
  const bins = new Map<number, { reads: number; seen: number }>()
  for (const sighting of sightings) {
    const bin = binOf(ageOf(sighting))
    const tally = bins.get(bin) ?? { reads: 0, seen: 0 }
    bins.set(bin, tally)
    tally.reads++
    tally.seen += seenOf(sighting)
  }
  return [...bins]
    .sort((a, b) => a[0] - b[0])
    .map(([bin, { reads, seen }]) => {
      const { low, high } = wilson(seen, reads)
      return { tMicros: middleOf(bin), reads, probability: seen / reads, low, high }
    })
}

/** Ages below 1 us are one bin. */
const binOf = (ageMicros: number): number =>
  ageMicros < 1 ? -1 : Math.floor(Math.log10(ageMicros) * binsPerDecade)

const middleOf = (bin: number): number =>
  bin < 0 ? 1 : Math.round(10 ** ((bin + 0.5) / binsPerDecade))

/**
 * Wilson's score interval of a share: keeps its coverage near 0 and 1, where the normal one fails.
 */
export const wilson = (
  hits: number,
  total: number,
): { readonly low: number; readonly high: number } => {
  const share = hits / total
  const weight = (z * z) / total
  const centre = (share + weight / 2) / (1 + weight)
  const spread =
    (z / (1 + weight)) * Math.sqrt((share * (1 - share)) / total + weight / (4 * total))
  return { low: Math.max(0, centre - spread), high: Math.min(1, centre + spread) }
}

/**
 * For each share: the least age from which the fitted probability is at least that; null: never. It
 * is 0 where no read, however early, says otherwise.
 */
export const quantiles = (
  sightings: Sightings,
  shares: readonly number[],
): readonly (number | null)[] => {
  const blocks = fit(sightings)
  return shares.map((share) => {
    const index = blocks.findIndex((block) => block.seen >= share * block.reads)
    return index <= 0 ? (index === 0 ? 0 : null) : (blocks[index] as Block).fromMicros
  })
}

interface Block {
  fromMicros: number
  reads: number
  seen: number
}

/** Pool adjacent violators: the non-decreasing step function nearest to the samples. */
const fit = (sightings: Sightings): readonly Block[] => {
  const blocks: Block[] = []
  for (let at = 0; at < sightings.length;) {
    // All of one age belong together before any comparison.
    const block = { fromMicros: ageOf(sightings[at] as number), reads: 0, seen: 0 }
    for (; at < sightings.length && ageOf(sightings[at] as number) === block.fromMicros; at++) {
      block.reads++
      block.seen += seenOf(sightings[at] as number)
    }
    blocks.push(block)
    settle(blocks)
  }
  return blocks
}

const settle = (blocks: Block[]): void => {
  while (blocks.length > 1) {
    const last = blocks.at(-1) as Block
    const before = blocks.at(-2) as Block
    // Equal shares are pooled too: a quantile then begins where its level begins.
    if (before.seen * last.reads < last.seen * before.reads) return
    before.reads += last.reads
    before.seen += last.seen
    blocks.pop()
  }
}
