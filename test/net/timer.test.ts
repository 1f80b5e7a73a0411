import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { monoMicros } from '../../net/clock.js'
import { Timers } from '../../net/timer.js'
import { until } from './live.js'

test('timer: they fire in the order of their times, none early', async () => {
  const fired: number[] = []
  const at = new Map<number, number>()
  const timers = new Timers((timer) => {
    assert.ok(monoMicros() >= (at.get(timer) as number), `${String(timer)} is early`)
    fired.push(timer)
  })
  const start = monoMicros()
  for (const timer of [5, 3, 9, 1, 7, 2, 8, 4, 6]) {
    at.set(timer, start + timer * 3_000)
    timers.arm(timer, at.get(timer) as number)
  }
  await until('all have fired', () => fired.length === 9)
  assert.equal(fired, [1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.is(timers.size + timers.held, 0)
})

test('timer: one that is disarmed does not fire, one that is replaced fires once', async () => {
  const fired: number[] = []
  const timers = new Timers((timer) => fired.push(timer))
  const start = monoMicros()
  timers.arm(1, start + 2_000)
  timers.arm(2, start + 2_000)
  timers.arm(3, start + 2_000)
  timers.disarm(1)
  timers.arm(2, start + 20_000)
  await until('the third has fired', () => fired.length === 1)
  assert.equal(fired, [3])
  await until('the second has fired', () => fired.length === 2)
  assert.equal(fired, [3, 2])
})

test('timer: one that fires may disarm another that is due as well', async () => {
  const fired: number[] = []
  const timers = new Timers((timer) => {
    fired.push(timer)
    if (timer === 1) timers.disarm(2)
  })
  const start = monoMicros()
  timers.arm(1, start)
  timers.arm(2, start)
  timers.arm(3, start)
  await until('they have fired', () => fired.length === 2)
  assert.equal(fired, [1, 3])
  assert.is(timers.held, 0)
})

test('timer: what is disarmed does not pile up', () => {
  const timers = new Timers(() => undefined)
  const far = monoMicros() + 60_000_000
  for (let timer = 1; timer <= 100_000; timer++) {
    timers.arm(timer, far + timer)
    timers.disarm(timer)
  }
  assert.is(timers.size, 0)
  assert.ok(timers.held < 5_000, String(timers.held))
  timers.clear()
})

test.run()
