/** What a fault did is read off the history: service, errors, recovery, each by its definition. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../../core/history.js'
import { faultFigures, FaultMeter } from '../../../reports/bench/fault.js'
import type { BenchFault } from '../../../reports/bench/model.js'

const second = 1e9
const startNanos = 3 * second

const kill: BenchFault = {
  ...{ act: 'kill', nodes: ['n2'], fromNanos: startNanos + 5 * second },
  ...{ toNanos: startNanos + 8 * second, backNanos: startNanos + 9 * second },
  ...{ missedKeys: 7, lagNanos: 0.25 * second, problem: null },
}

interface Load {
  readonly from: number
  readonly to: number
  readonly type?: 'ok' | 'fail' | 'info'
  readonly everyMicros?: number
  readonly latencyMicros?: number
}

function meterOf(loads: readonly Load[], faults = [kill]): FaultMeter {
  const meter = new FaultMeter(faults, startNanos, 20e6)
  for (const { from, to, type = 'ok', everyMicros = 10_000, latencyMicros = 1_000 } of loads) {
    for (let at = from * 1e6; at < to * 1e6; at += everyMicros) {
      const invoke = { time: (at - latencyMicros) * 1_000, f: 'write' } as HistoryEvent
      const code = type === 'ok' ? {} : { code: 'lost' }
      meter.add(invoke, { ...invoke, type, time: at * 1_000, ...code })
    }
  }
  return meter
}

test('faults: what nobody noticed took no time', () => {
  const [effect] = meterOf([{ from: 0, to: 20 }]).effects()
  assert.equal([effect?.failoverMicros, effect?.recoveryMicros], [0, 0])
  assert.equal([effect?.lastErrorMicros, effect?.during, effect?.after], [null, [], []])
  assert.equal([effect?.readyMicros, effect?.lagMicros], [1_000_000, 250_000])
})

test('faults: failover lasts as long as errors, or silence, do', () => {
  const silent = meterOf([
    { from: 0, to: 5 },
    { from: 6.2, to: 20 },
  ])
  assert.equal(
    [silent.effects()[0]?.failoverMicros, silent.effects()[0]?.gapMicros],
    [950_000, 1_200_000],
  )
  const failing = meterOf([
    { from: 0, to: 20 },
    { from: 5.5, to: 6.5, type: 'info', everyMicros: 100_000 },
  ])
  const [effect] = failing.effects()
  // Between the beginning and the first error there is half a second without one.
  assert.is(effect?.failoverMicros, 0)
  assert.is(effect?.lastErrorMicros, 1_400_000)
  assert.equal(effect?.during, [{ outcome: 'info', code: 'lost', count: 10 }])
})

test('faults: slow is not well, and half is service', () => {
  const slow = meterOf([
    { from: 0, to: 5 },
    { from: 5, to: 10.5, everyMicros: 18_000, latencyMicros: 4_000 },
    { from: 10.5, to: 20 },
  ])
  const [effect] = slow.effects()
  assert.is(effect?.failoverMicros, 0)
  // Bringing back begins at 8 s; from a little before 10.5 s a second is well again.
  const recovery = effect?.recoveryMicros ?? 0
  assert.ok(recovery >= 2_300_000 && recovery <= 2_550_000, String(recovery))
})

test('faults: what did not come to be is not made up', () => {
  const away = { ...kill, toNanos: null, backNanos: null, lagNanos: null }
  const [effect] = meterOf([{ from: 0, to: 5 }], [away]).effects()
  assert.equal(
    [effect?.failoverMicros, effect?.recoveryMicros, effect?.readyMicros, effect?.lagMicros],
    [null, null, null, null],
  )
  assert.is(effect?.gapMicros, 15_000_000)
})

test('faults: errors after belong to the fault before them, and each has its figures', () => {
  const later = { ...kill, act: 'pause' as const, fromNanos: startNanos + 15 * second }
  const back = { toNanos: startNanos + 16 * second, backNanos: startNanos + 16 * second }
  const meter = meterOf(
    [
      { from: 0, to: 20 },
      { from: 10, to: 11, type: 'fail', everyMicros: 500_000 },
    ],
    [{ ...later, ...back }, kill],
  )
  const effects = meter.effects()
  assert.equal(
    effects.map(({ after }) => after.length),
    [1, 0],
  )
  const figures = new Map(faultFigures(effects).map(({ figure, value }) => [figure, value]))
  assert.equal([figures.get('fault_1'), figures.get('fault_2')], ['kill n2', 'pause n2'])
  assert.equal(
    [figures.get('fault_1_errors_after'), figures.get('fault_1_after_fail_lost')],
    [2, 2],
  )
  assert.is(figures.get('fault_1_replication_lag'), 250_000)
})

test.run()
