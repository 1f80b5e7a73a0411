import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NodeClock, drawClock, wallStartMicros } from '../../sim/clock.js'
import { forkStream } from '../../sim/random.js'

const hour = 3_600_000_000
const drifts = fc.oneof(fc.constantFrom(-50, 0, 1, 50), fc.integer({ min: -500_000, max: 500_000 }))
const moments = fc.oneof(fc.nat(5_000_000), fc.nat(24 * hour), fc.nat(1_000_000 * hour))

test('clock: without drift both clocks follow simulated time', () => {
  const clock = new NodeClock({ offsetMicros: 0, driftPpm: 0 })
  assert.is(clock.monoMicros(1_234), 1_234)
  assert.is(clock.wallMicros(1_234), wallStartMicros + 1_234)
  assert.is(clock.simAtMono(1_234), 1_234)
})

test('clock: drift is exact over any length of time', () => {
  const fast = new NodeClock({ offsetMicros: 0, driftPpm: 50 })
  const slow = new NodeClock({ offsetMicros: 0, driftPpm: -50 })
  assert.is(fast.monoMicros(hour), hour + 180_000)
  assert.is(slow.monoMicros(hour), hour - 180_000)
  assert.is(fast.monoMicros(1_000_000 * hour + 20_000), 1_000_050 * hour + 20_001)
})

test('clock: offset and drift show on the wall, the offset not on the monotonic clock', () => {
  const clock = new NodeClock({ offsetMicros: -5_000, driftPpm: 100 })
  assert.is(clock.wallMicros(1_000_000), wallStartMicros - 5_000 + 1_000_100)
  assert.is(clock.monoMicros(1_000_000), 1_000_100)
})

test('clock: the monotonic clock agrees with exact arithmetic and never goes back', () => {
  fc.assert(
    fc.property(drifts, moments, fc.nat(1_000), (driftPpm, simMicros, later) => {
      const clock = new NodeClock({ offsetMicros: 0, driftPpm })
      const product = BigInt(simMicros) * BigInt(driftPpm)
      const floored = product / 1_000_000n - (product % 1_000_000n < 0n ? 1n : 0n)
      assert.is(BigInt(clock.monoMicros(simMicros)), BigInt(simMicros) + floored)
      assert.ok(clock.monoMicros(simMicros + later) >= clock.monoMicros(simMicros))
    }),
    { seed: 1, numRuns: 5_000 },
  )
})

test('clock: simAtMono is the earliest moment at which the clock shows that much', () => {
  fc.assert(
    fc.property(drifts, moments, (driftPpm, monoMicros) => {
      const clock = new NodeClock({ offsetMicros: 0, driftPpm })
      const simMicros = clock.simAtMono(monoMicros)
      assert.ok(Number.isSafeInteger(simMicros) && simMicros >= 0)
      assert.ok(clock.monoMicros(simMicros) >= monoMicros)
      assert.ok(simMicros === 0 || clock.monoMicros(simMicros - 1) < monoMicros)
    }),
    { seed: 1, numRuns: 5_000 },
  )
})

test('clock: a time before the start is reached at the start', () => {
  assert.is(new NodeClock({ offsetMicros: 0, driftPpm: -50 }).simAtMono(-7), 0)
  assert.is(new NodeClock({ offsetMicros: 0, driftPpm: 0 }).simAtMono(-7), 0)
})

test('clock: a jump moves the wall only, either way, and a jump back undoes it', () => {
  const clock = new NodeClock({ offsetMicros: 0, driftPpm: 0 })
  clock.jump(120_000_000)
  assert.is(clock.wallMicros(5), wallStartMicros + 120_000_005)
  assert.is(clock.monoMicros(5), 5)
  clock.jump(-120_000_000)
  assert.is(clock.wallMicros(5), wallStartMicros + 5)
  clock.jump(-hour)
  assert.is(clock.wallMicros(5), 0, 'not before the epoch')
  clock.jump(hour)
  assert.is(clock.wallMicros(5), wallStartMicros + 5, 'which loses nothing')
})

test('clock: clocks drawn lie within the model, and fill it', () => {
  const random = forkStream(1, 'clock')
  const model = { offset: { minMicros: -5_000, maxMicros: 2_000 }, driftPpm: 50 }
  const offsets: number[] = []
  const driftsDrawn: number[] = []
  for (let index = 0; index < 500; index++) {
    const clock = drawClock(model, random)
    offsets.push(clock.wallMicros(0) - wallStartMicros)
    driftsDrawn.push(clock.monoMicros(1_000_000) - 1_000_000)
  }
  for (const offset of offsets) assert.ok(offset >= -5_000 && offset <= 2_000)
  for (const drift of driftsDrawn) assert.ok(Math.abs(drift) <= 50)
  assert.ok(Math.min(...offsets) < -4_900 && Math.max(...offsets) > 1_900)
  assert.equal([Math.min(...driftsDrawn), Math.max(...driftsDrawn)], [-50, 50])
})

test('clock: fractions and absurd drifts are assertion errors', () => {
  assert.throws(() => new NodeClock({ offsetMicros: 0.5, driftPpm: 0 }), /whole micros/)
  assert.throws(() => new NodeClock({ offsetMicros: 0, driftPpm: 0.5 }), /no clock drifts so/)
  assert.throws(() => new NodeClock({ offsetMicros: 0, driftPpm: -1_000_000 }), /no clock/)
  assert.throws(() => new NodeClock({ offsetMicros: 0, driftPpm: 0 }).jump(0.1), /whole micros/)
})

test.run()
