import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeFlagsOf } from '../../../net/cluster/plan.js'

const threadsOf = (nodes: number, processors: number): string =>
  nodeFlagsOf(nodes, processors).find((flag) => flag.startsWith('--v8-pool-size=')) ?? ''

test('cluster: the collectors of all nodes together have as many threads as processors', () => {
  assert.is(threadsOf(3, 2), '--v8-pool-size=1')
  assert.is(threadsOf(3, 6), '--v8-pool-size=2')
  assert.is(threadsOf(2, 9), '--v8-pool-size=4')
  assert.is(threadsOf(1, 64), '--v8-pool-size=4')
  assert.is(threadsOf(9, 1), '--v8-pool-size=1')
})

test.run()
