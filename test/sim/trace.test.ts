import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Trace, eventsPerBlock, firstDifferentBlock, hashText } from '../../sim/trace.js'

const digestOf = (values: readonly number[]): string => {
  const trace = new Trace()
  for (const value of values) trace.mix(value)
  return trace.digest
}

test('trace: golden digests', () => {
  assert.is(new Trace().digest, '9e3779b97f4a7c15')
  assert.is(digestOf([1, 2, 3]), '2e119934fb047341')
  assert.is(hashText('n1'), 3_334_595_691)
})

test('trace: order, value and number of the values mixed all matter', () => {
  const digests = [[], [0], [0, 0], [1, 2], [2, 1], [1, 2, 0], [-1], [1]].map(digestOf)
  assert.is(new Set(digests).size, digests.length)
  for (const digest of digests) assert.match(digest, /^[0-9a-f]{16}$/)
})

test('trace: a single flipped bit anywhere is still seen ten thousand values later', () => {
  const values = Array.from({ length: 10_000 }, (_, index) => index)
  const reference = digestOf(values)
  for (const at of [0, 1, 5_000, 9_999])
    for (let bit = 0; bit < 32; bit++)
      assert.is.not(digestOf(values.with(at, values[at]! ^ (1 << bit))), reference)
})

test('trace: 100,000 short traces have different digests, and lanes different as by chance', () => {
  const digests = new Set<string>()
  const lanes = [new Set<string>(), new Set<string>()]
  for (let value = 0; value < 100_000; value++) {
    const digest = digestOf([value % 317, Math.floor(value / 317)])
    digests.add(digest)
    lanes[0]!.add(digest.slice(0, 8))
    lanes[1]!.add(digest.slice(8))
  }
  assert.is(digests.size, 100_000)
  for (const lane of lanes) assert.ok(lane.size > 100_000 - 20, String(lane.size))
})

test('trace: wide integers count beyond 32 bits', () => {
  const wide = (value: number): string => {
    const trace = new Trace()
    trace.mixWide(value)
    return trace.digest
  }
  assert.is.not(wide(1), wide(1 + 2 ** 32))
  assert.is.not(wide(2 ** 52), wide(2 ** 51))
})

test('trace: texts are told from their concatenation', () => {
  const texts = (...parts: string[]): string => {
    const trace = new Trace()
    for (const part of parts) trace.mixText(part)
    return trace.digest
  }
  assert.is.not(texts('ab', 'c'), texts('a', 'bc'))
  assert.is.not(texts(''), texts())
  assert.is(texts('n1', 'n2'), texts('n1', 'n2'))
})

test('trace: blocks point at the part of the run where two runs part', () => {
  const run = (differentEvent: number): Trace => {
    const trace = new Trace()
    for (let event = 0; event < 3 * eventsPerBlock + 10; event++)
      trace.mixEvent(event, event === differentEvent ? 9 : 1, 0)
    return trace
  }
  const reference = run(-1).checkpoints
  assert.is(reference.length, 3)
  assert.is(firstDifferentBlock(reference, run(-1).checkpoints), -1)
  assert.is(firstDifferentBlock(reference, run(0).checkpoints), 0)
  assert.is(firstDifferentBlock(reference, run(eventsPerBlock - 1).checkpoints), 0)
  assert.is(firstDifferentBlock(reference, run(eventsPerBlock).checkpoints), 1)
  assert.is(firstDifferentBlock(reference, run(3 * eventsPerBlock - 1).checkpoints), 2)
  assert.is(firstDifferentBlock(reference, reference.slice(0, 1)), 1)
  assert.is(run(-1).events, 3 * eventsPerBlock + 10)
})

test('trace: a block includes all that was mixed until the first event of the next', () => {
  const run = (late: number): Trace => {
    const trace = new Trace()
    for (let event = 0; event < eventsPerBlock; event++) trace.mixEvent(event, 1, 0)
    trace.mix(late)
    trace.mixEvent(eventsPerBlock, 1, 0)
    return trace
  }
  assert.is(firstDifferentBlock(run(1).checkpoints, run(2).checkpoints), 0)
})

test.run()
