/** What a process finds after it was halted is old; what comes to one that runs is not. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Lag, tickMicros } from '../../net/lag.js'

function scene() {
  let now = 1_000_000
  const lag = new Lag(() => now)
  return {
    lag,
    after: (micros: number): number => {
      now += micros
      return lag.waitedMicros(now)
    },
  }
}

test('lag: to a process that runs nothing has waited, nor if a tick is somewhat late', () => {
  const { lag, after } = scene()
  for (let i = 0; i < 20; i++) {
    assert.is(after(tickMicros + i * 9_000), 0)
    lag.tick()
  }
})

test('lag: what is found after ten seconds has waited, before the tick and right behind it', () => {
  const { lag, after } = scene()
  lag.tick()
  assert.is(after(10_000_000), 10_000_000 - tickMicros)
  assert.is(after(2_000), 10_002_000 - tickMicros)
  lag.tick()
  assert.is(after(1_000), 10_002_000 - tickMicros)
  lag.tick()
  assert.is(after(30_000), 10_002_000 - tickMicros)
  assert.is(after(30_000), 0)
  lag.tick()
  assert.is(after(1_000), 0)
})

test('lag: a second halt counts for itself', () => {
  const { lag, after } = scene()
  after(10_000_000)
  lag.tick()
  after(1_000_000)
  lag.tick()
  assert.is(after(0), 1_000_000 - tickMicros)
})

test.run()
