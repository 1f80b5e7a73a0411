import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import { createKeys, createWorkload, tagOf, type Workload } from '../../scenarios/workload.js'
import { chiSquareDeviations, Scripted, streamOf } from './stream.js'

function workloadOf(fields: string, duration = '1h'): Workload {
  const text = `name: x\nduration: ${duration}\nworkload: { ${fields} }`
  const { scenario, problems } = loadScenario({ text, file: 'x' })
  assert.is(problems, undefined)
  if (scenario === undefined) throw new Error('unreachable: it was just asserted')
  return createWorkload(scenario.workload)
}

test('workload: operations come in the shares of the mix', () => {
  const workload = workloadOf('mix: { get: 60%, put: 25%, delete: 5%, append: 10% }')
  const stream = streamOf('mix')
  const counts = { get: 0, put: 0, delete: 0, append: 0 }
  for (let draw = 0; draw < 100_000; draw += 1) counts[workload.chooseOperation(stream)] += 1
  const { get, put, delete: remove, append } = counts
  assert.ok(chiSquareDeviations([get, put, remove, append], [0.6, 0.25, 0.05, 0.1]) < 4)
})

test('workload: an operation without a share never comes, at either end of the stream', () => {
  const workload = workloadOf('mix: { put: 100% }')
  for (const number of [0, 0.999999999, 1 - 2 ** -32]) {
    assert.is(workload.chooseOperation(new Scripted([number])), 'put')
  }
})

test('workload: uniform keys come equally often, under the names k1 to kN', () => {
  const workload = workloadOf('keys: { count: 20, distribution: uniform }')
  const stream = streamOf('uniform')
  const counts = new Map<string, number>()
  for (let draw = 0; draw < 50_000; draw += 1) {
    const key = workload.keyName(workload.chooseKey(stream, 'get'))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const names = Array.from({ length: 20 }, (_, index) => `k${String(index + 1)}`)
  const found = names.map((name) => counts.get(name) ?? 0)
  assert.is(counts.size, 20)
  assert.ok(chiSquareDeviations(found, Array<number>(20).fill(1 / 20)) < 4)
})

test('workload: k1 is the hottest of zipfian keys', () => {
  const workload = workloadOf('keys: { count: 100, distribution: zipfian, exponent: 1 }')
  const stream = streamOf('zipfian')
  let hottest = 0
  for (let draw = 0; draw < 50_000; draw += 1) {
    if (workload.chooseKey(stream, 'put') === 0) hottest += 1
  }
  const harmonic = Array.from({ length: 100 }, (_, index) => 1 / (index + 1))
  const expected = 50_000 / harmonic.reduce((sum, part) => sum + part, 0)
  assert.ok(Math.abs(hottest - expected) < 5 * Math.sqrt(expected))
})

test('workload: sequential keys go round without a draw', () => {
  const keys = createKeys({ kind: 'sequential' }, 3)
  const stream = new Scripted([0.5])
  const indices = Array.from({ length: 7 }, () => keys.choose(stream, 'get'))
  assert.equal(indices, [0, 1, 2, 0, 1, 2, 0])
  assert.is(stream.drawn, 0)
})

test('workload: latest writes walk on, and reads prefer what was written last', () => {
  const keys = createKeys({ kind: 'latest' }, 1_000)
  const stream = streamOf('latest')
  for (let write = 1; write <= 1_500; write += 1) {
    assert.is(keys.choose(stream, 'put'), write % 1_000)
  }
  const ages = Array.from({ length: 20_000 }, () => {
    return (500 - keys.choose(stream, 'get') + 1_000) % 1_000
  })
  const share = (age: number): number => ages.filter((each) => each === age).length / 20_000
  const parts = Array.from({ length: 1_000 }, (_, index) => Math.pow(index + 1, -0.99))
  const expected = 1 / parts.reduce((total, part) => total + part, 0)
  assert.ok(Math.abs(share(0) - expected) < 0.01)
  assert.ok(Math.abs(share(9) - expected * Math.pow(10, -0.99)) < 0.004)
})

test('workload: values are as long as asked, and give their tag back', () => {
  const workload = workloadOf('value: 24B')
  assert.is(workload.pad('c3.17'), `c3.17${'~'.repeat(19)}`)
  assert.is(tagOf(workload.pad('c3.17')), 'c3.17')
  assert.is(workload.pad('c1.1,c2.2,c3.3,c4.4,c5.5,c6.6'), 'c1.1,c2.2,c3.3,c4.4,c5.5,c6.6')
  assert.is(tagOf('c3.17'), 'c3.17')
  assert.is(tagOf('~~~'), '')
})

function arrivals(workload: Workload, untilMicros: number): number[] {
  const stream = streamOf('arrivals')
  const times: number[] = []
  for (let at = 0; ;) {
    at = workload.nextArrivalMicros(at, stream)
    if (at > untilMicros) return times
    times.push(at)
  }
}

test('workload: an open loop arrives at its rate, whole micros in order, gaps exponential', () => {
  const times = arrivals(workloadOf('rate: 1000/s'), 100_000_000)
  assert.ok(Math.abs(times.length - 100_000) < 5 * Math.sqrt(100_000))
  assert.ok(times.every((at, index) => Number.isInteger(at) && at >= (times[index - 1] ?? 0)))
  const gaps = times.map((at, index) => at - (times[index - 1] ?? 0))
  const longer = gaps.filter((gap) => gap > 1_000).length / gaps.length
  assert.ok(Math.abs(longer - Math.exp(-1)) < 0.01)
})

test('workload: rounding to whole micros does not change a high rate', () => {
  const times = arrivals(workloadOf('rate: 1000000/s'), 200_000)
  assert.ok(Math.abs(times.length - 200_000) < 5 * Math.sqrt(200_000))
})

test('workload: surges change the rate while they last, also where one follows another', () => {
  const surges = '[{ at: 10s, for: 10s, rate: 2000/s }, { at: 20s, for: 5s, rate: 50/s }]'
  const times = arrivals(workloadOf(`rate: 500/s, surges: ${surges}`), 40_000_000)
  const between = (from: number, to: number): number =>
    times.filter((at) => at >= from * 1e6 && at < to * 1e6).length
  for (const [from, to, rate] of [
    [0, 10, 500],
    [10, 20, 2_000],
    [20, 25, 50],
    [25, 40, 500],
  ] as const) {
    const expected = (to - from) * rate
    const found = between(from, to)
    const message = `${String(found)} from ${String(from)}s`
    assert.ok(Math.abs(found - expected) < 5 * Math.sqrt(expected), message)
  }
})

test('workload: a long silence before a surge ends when the surge begins', () => {
  const surges = '[{ at: 10s, for: 1s, rate: 100000/s }]'
  const workload = workloadOf(`rate: 0.000001/s, surges: ${surges}`)
  const at = workload.nextArrivalMicros(0, new Scripted([0.5]))
  assert.ok(at >= 10_000_000 && at < 10_000_100, String(at))
})

test('workload: a closed loop has no arrivals', () => {
  assert.is(workloadOf('think: 5ms').nextArrivalMicros(0, streamOf('none')), Infinity)
})

test('workload: the choices of one stream do not depend on draws from another', () => {
  const choices = (noise: number): string[] => {
    const workload = workloadOf('keys: { count: 1000 }')
    const [ours, others] = [streamOf('c1'), streamOf('c2')]
    return Array.from({ length: 200 }, () => {
      for (let draw = 0; draw < noise; draw += 1) workload.chooseKey(others, 'get')
      return `${workload.chooseOperation(ours)} ${String(workload.chooseKey(ours, 'get'))}`
    })
  }
  assert.equal(choices(0), choices(3))
})

test.run()
