/**
 * A histogram with logarithmic buckets: quantiles within 1.1% from a fixed 10 KB, for any number
 * of values. Exact below 64; above, 64 equal buckets to each power of two (the layout of
 * HdrHistogram).
 */
const stepBits = 6
const steps = 1 << stepBits
/** Up to 2^41 micros, which is 25 days. */
const bucketCount = steps * (42 - stepBits)

export class Histogram {
  private readonly buckets = new Uint32Array(bucketCount)
  count = 0
  sum = 0
  max = 0

  /** @param value a whole number, not negative */
  add(value: number): void {
    const bucket = bucketOf(value)
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1
    this.count++
    this.sum += value
    if (value > this.max) this.max = value
  }

  /** The smallest value that a share `q` of the values does not exceed; null if there are none. */
  quantile(q: number): number | null {
    if (this.count === 0) return null
    const rank = Math.max(1, Math.ceil(q * this.count))
    let seen = 0
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.buckets[bucket] as number
      if (seen >= rank) return Math.min(this.max, upperOf(bucket))
    }
    return this.max
  }

  get mean(): number | null {
    return this.count === 0 ? null : this.sum / this.count
  }

  /**
   * Points of the cumulative distribution, at most about `limit`, ascending; the last has share 1.
   */
  curve(limit: number): { readonly value: number; readonly share: number }[] {
    const points: { value: number; share: number }[] = []
    const least = this.count / limit
    let seen = 0
    let told = -Infinity
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const here = this.buckets[bucket] as number
      if (here === 0) continue
      seen += here
      // The tail is where the story is: every bucket of the last two percent is kept.
      if (seen - told < least && seen < this.count * 0.98) continue
      points.push({ value: Math.min(this.max, upperOf(bucket)), share: seen / this.count })
      told = seen
    }
    return points
  }
}

function bucketOf(value: number): number {
  if (value < steps) return value
  const exponent = Math.floor(Math.log2(value))
  const step = Math.floor(value / 2 ** (exponent - stepBits)) - steps
  return Math.min(bucketCount - 1, (exponent - stepBits + 1) * steps + step)
}

/** The largest whole number in a bucket. */
function upperOf(bucket: number): number {
  if (bucket < steps) return bucket
  const exponent = Math.floor(bucket / steps) - 1 + stepBits
  const step = bucket % steps
  return Math.ceil((steps + step + 1) * 2 ** (exponent - stepBits)) - 1
}
