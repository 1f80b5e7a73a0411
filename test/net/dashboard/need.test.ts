/** What the demonstrations and the buttons say before they do something. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { actsOf, questionOf } from '../../../net/dashboard/page/act.js'
import { whyNot } from '../../../net/dashboard/page/demo/need.js'
import type { LocalNode, Ring } from '../../../net/dashboard/page/watch.js'

const nodesOf = (...states: readonly LocalNode['state'][]): readonly LocalNode[] =>
  states.map((state, i) => ({ id: `n${String(i + 1)}`, state, url: '' }))

const ringOf = (r: number, w: number, conflict: 'siblings' | 'lww' = 'siblings'): Ring => ({
  node: 'n1',
  cluster: 'local',
  incarnation: 1,
  epoch: 1,
  partitions: 64,
  replication: { n: 3, r, w, pr: 0, pw: 0, sloppy: true },
  buckets: [{ name: 'default', conflict, context_required: false }],
  members: [],
  owners: [],
})

const why = (nodes: readonly LocalNode[], ring: Ring, spare: number, isUp = true): string | null =>
  whyNot({ self: 'n1', nodes, ring, isUp }, spare)

test('demonstrations: a failure needs a node to spare, a conflict does not', () => {
  const three = nodesOf('ready', 'ready', 'ready')
  const two = nodesOf('ready', 'ready')
  assert.equal([why(three, ringOf(2, 2), 1), why(three, ringOf(2, 2), 0)], [null, null])
  assert.is(why(two, ringOf(2, 2), 1), 'With R=2 and W=2 it needs 3 nodes: sim cluster --nodes 3.')
  assert.is(why(two, ringOf(2, 2), 0), null)
  assert.match(why(nodesOf('ready'), ringOf(1, 1), 0) ?? '', /needs 2 nodes/)
  assert.match(why(three, ringOf(1, 3), 1) ?? '', /needs 4 nodes/)
})

test('demonstrations: what is in the way is named', () => {
  const some = nodesOf('ready', 'paused', 'died')
  assert.is(why(some, ringOf(2, 2), 0), 'All nodes must be ready: n2 is paused, n3 is dead.')
  assert.match(why(some, ringOf(2, 2, 'lww'), 0) ?? '', /no bucket that keeps siblings/)
  assert.is(why(some, ringOf(2, 2), 0, false), 'n1 does not answer.')
})

test('buttons: what cannot be undone from the page, or ends something, is asked about', () => {
  const nodes = nodesOf('ready', 'ready', 'ready')
  const asked = (node: string, act: Parameters<typeof questionOf>[0]['act']): string | null => {
    const found = nodes.find(({ id }) => id === node) as LocalNode
    const question = questionOf({ node: found, act, self: 'n1', nodes, ring: ringOf(2, 2) })
    return question?.sentences.join(' ') ?? null
  }
  for (const act of ['start', 'resume', 'pause'] as const) assert.is(asked('n2', act), null)
  assert.match(asked('n1', 'pause') ?? '', /The page of n2 or n3 can bring it back/)
  assert.match(asked('n1', 'restart') ?? '', /comes back by itself/)
  assert.match(asked('n2', 'kill') ?? '', /as with kill -9/)
  assert.not.match(asked('n2', 'kill') ?? '', /refused meanwhile/)
})

test('buttons: that too few nodes would be left is said', () => {
  const nodes = nodesOf('ready', 'ready', 'paused')
  const [, node] = nodes as [LocalNode, LocalNode]
  const question = questionOf({ node, act: 'stop', self: 'n1', nodes, ring: ringOf(2, 2) })
  assert.match(question?.sentences.join(' ') ?? '', /only n1 is left.*refused meanwhile/)
  assert.is(question?.yes, 'Stop n2')
})

test('buttons: every state has a way out of it', () => {
  for (const acts of Object.values(actsOf)) assert.ok(acts.length > 0)
  assert.equal(actsOf.paused.includes('resume'), true)
  assert.equal(actsOf.died, ['start'])
})

test.run()
