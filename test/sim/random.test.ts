import seedrandom from 'seedrandom'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RandomStream, forkStream } from '../../sim/random.js'

const draws = (stream: RandomStream, count: number): number[] =>
  Array.from({ length: count }, () => stream.next())

test('random: golden vectors, 32-bit numerators of the first draws', () => {
  const numerators = (seed: number, label: string): number[] =>
    draws(forkStream(seed, label), 4).map((draw) => draw * 2 ** 32)
  assert.equal(numerators(1, 'latency/n1'), [1383853484, 327229177, 2253556143, 1724283651])
  assert.equal(numerators(1, 'latency/n2'), [2153192134, 1688765294, 1193295455, 2231448887])
  assert.equal(numerators(-7, 'faults'), [4174099421, 1656853738, 2821216180, 2700398175])
})

test('random: a stream goes on as the library that has seeded it', () => {
  for (const seed of ['1/a', '2/latency/n17', 'x'.repeat(300), '-5/ä']) {
    const library = seedrandom.alea(seed)
    const stream = new RandomStream(seed)
    for (let count = 0; count < 20_000; count++) {
      if (stream.next() !== library()) assert.unreachable(`draw ${String(count)} of ${seed}`)
    }
    assert.is(stream.next(), library())
  }
})

test('random: the same seed and label give the same draws, another seed or label others', () => {
  const reference = draws(forkStream(1, 'a'), 20)
  assert.equal(draws(forkStream(1, 'a'), 20), reference)
  assert.not.equal(draws(forkStream(1, 'b'), 20), reference)
  assert.not.equal(draws(forkStream(2, 'a'), 20), reference)
  assert.not.equal(draws(forkStream(11, 'a'), 20), draws(forkStream(1, '1/a'), 20))
})

test('random: one more draw in one stream does not shift another', () => {
  const run = (extraDraws: number): number[] => {
    const disk = forkStream(5, 'disk/n1')
    const network = forkStream(5, 'latency/n1')
    const seen: number[] = []
    for (let step = 0; step < 50; step++) {
      for (let extra = 0; extra < extraDraws; extra++) disk.next()
      seen.push(network.next())
    }
    return seen
  }
  assert.equal(run(3), run(0))
})

test('random: an empty seed or label, or a seed that is no integer, is refused', () => {
  assert.throws(() => new RandomStream(''), /needs a seed/)
  assert.throws(() => forkStream(1, ''), /needs a label/)
  assert.throws(() => forkStream(NaN, 'a'), /a seed is an integer/)
  assert.throws(() => forkStream(0.5, 'a'), /a seed is an integer/)
})

test('random: probability zero is never true and does not draw', () => {
  const stream = forkStream(3, 'loss')
  for (let count = 0; count < 100; count++) assert.not.ok(stream.below(0))
  assert.is(stream.next(), forkStream(3, 'loss').next())
})

test('random: probability one is always true, and one in a hundred is about that', () => {
  const stream = forkStream(3, 'loss')
  let always = 0
  let seldom = 0
  for (let count = 0; count < 100_000; count++) {
    if (stream.below(1_000_000)) always++
    if (stream.below(10_000)) seldom++
  }
  assert.is(always, 100_000)
  assert.ok(Math.abs(seldom - 1_000) < 130, `${String(seldom)} of 100,000 at 1%`)
})

test('random: integers fill their range evenly', () => {
  const stream = forkStream(4, 'keys')
  const counts = new Array<number>(10).fill(0)
  for (let count = 0; count < 100_000; count++) counts[stream.integer(10)]! += 1
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, String(counts))
  assert.is(stream.integer(1), 0)
  assert.throws(() => stream.integer(0), /no integer below 0/)
})

test('random: the first draws of neighbouring labels are unrelated', () => {
  const streams = 20_000
  let previous = 0.5
  let product = 0
  const counts = new Array<number>(20).fill(0)
  for (let index = 0; index < streams; index++) {
    const draw = forkStream(1, `latency/n${String(index)}`).next()
    product += (draw - 0.5) * (previous - 0.5)
    counts[Math.floor(draw * 20)]! += 1
    previous = draw
  }
  const correlation = (12 * product) / streams
  const expected = streams / 20
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  assert.ok(Math.abs(correlation) < 4 / Math.sqrt(streams), `correlation ${String(correlation)}`)
  assert.ok(chiSquare < 50, `chi square ${String(chiSquare)} at 19 degrees of freedom`)
})

test.run()
