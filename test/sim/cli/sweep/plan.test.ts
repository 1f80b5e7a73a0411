import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../../../../sim/cli/exit.js'
import { checkedWorkers, parseSeeds, parseShard, tasksOf } from '../../../../sim/cli/sweep/plan.js'

function refused(work: () => unknown, say: RegExp): void {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof BadInput)
    assert.match(error.message, say)
    return
  }
  assert.unreachable(`not refused: ${String(say)}`)
}

const badSeeds: readonly (readonly [text: string, say: RegExp])[] = [
  ['20', /--seeds 20: .*such as 1\.\.20/],
  ['', /such as 1\.\.200/],
  ['a..b', /such as 1\.\.200/],
  ['-1..5', /such as 1\.\.200/],
  ['1..2..3', /such as 1\.\.200/],
  ['1.5..2', /such as 1\.\.200/],
  ['5..1', /holds no seed; 1\.\.5/],
  ['1..99999999999999999999', /seeds go from 0 to 9007199254740991/],
]
for (const [text, say] of badSeeds) {
  test(`sweep seeds: "${text}" is refused with what to write`, () => {
    refused(() => parseSeeds(text), say)
  })
}

test('sweep seeds: both ends belong to the range, which may be one seed', () => {
  assert.equal(tasksOf(parseSeeds('7..7'), null, 1), [{ seed: 7, variant: 0 }])
  assert.equal(
    tasksOf(parseSeeds('0..2'), null, 1).map(({ seed }) => seed),
    [0, 1, 2],
  )
})

test('sweep seeds: the variants of a seed stand together', () => {
  assert.equal(
    tasksOf(parseSeeds('1..2'), null, 2).map(
      ({ seed, variant }) => `${String(seed)}/${String(variant)}`,
    ),
    ['1/0', '1/1', '2/0', '2/1'],
  )
})

test('sweep seeds: more runs than one sweep takes are sent to shards', () => {
  refused(() => tasksOf(parseSeeds('1..99999999'), null, 1), /split them with --shard 1\/n/)
})

const badShards: readonly (readonly [text: string, say: RegExp])[] = [
  ['x', /such as 1\/4/],
  ['1', /such as 1\/4/],
  ['1/0', /of at least one/],
  ['0/3', /counted 1\/3 to 3\/3/],
  ['4/3', /counted 1\/3 to 3\/3/],
]
for (const [text, say] of badShards) {
  test(`sweep shard: "${text}" is refused with what to write`, () => {
    refused(() => parseShard(text), say)
  })
}

test('sweep shard: every seed is in exactly one', () => {
  const range = parseSeeds('3..12')
  const shards = ['1/4', '2/4', '3/4', '4/4'].map((text) => tasksOf(range, parseShard(text), 1))
  const seeds = shards.flat().map(({ seed }) => seed)
  assert.equal(
    seeds.sort((a, b) => a - b),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  )
})

test('sweep shard: one that holds no seed is refused', () => {
  refused(() => tasksOf(parseSeeds('1..2'), parseShard('3/3'), 1), /fewer shards or more seeds/)
})

test('sweep workers: numbers that make no sense are refused, none is one per processor', () => {
  for (const workers of [0, -1, 1.5, NaN, 9999]) {
    refused(() => checkedWorkers(workers), /--workers: give a whole number from 1 to \d+/)
  }
  assert.is(checkedWorkers(2), 2)
  assert.ok(checkedWorkers(undefined) >= 1)
})

test.run()
