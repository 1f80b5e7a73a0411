/**
 * Why a coordinator's own copy is durable before anybody hears of its write (protocol.md section
 * 3), although the lease of its counter sees to it that no dot is minted twice: the two commits of
 * a put, one after the other, are no waste.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { actorOf, emptyState, emptyVector, mergeStates, nodeId } from '../../../core/index.js'
import { covers, writeState } from '../../../core/index.js'

const actor = actorOf(nodeId('n1'), 0)
/** A lease was durable up to here when the coordinator crashed: it counts on from there. */
const leasedUpTo = 1_000

test('put: told early, an acknowledged write is buried by a dot that nobody has minted before', () => {
  const first = { actor, n: 5 }
  // n1 has sent it and crashed before its own sync; n2 and n3 have synced it: W = 2.
  const atOthers = writeState(emptyState, emptyVector, first, 'acknowledged', 1, 'siblings')
  // n1 is back and knows nothing of the key. Another client writes to it, without a context.
  const second = { actor, n: leasedUpTo + 1 }
  const atCoordinator = writeState(emptyState, emptyVector, second, 'other', 2, 'siblings')
  const merged = mergeStates(atOthers, atCoordinator, 'siblings')
  assert.equal(
    merged.siblings.map(({ value }) => value),
    ['other'],
  )
  assert.ok(covers(merged.vv, first.actor, first.n), 'and nothing says that it was ever there')
})

test('put: durable at its coordinator first, it stands beside the other write', () => {
  const first = { actor, n: 5 }
  const atOthers = writeState(emptyState, emptyVector, first, 'acknowledged', 1, 'siblings')
  const recovered = atOthers
  const second = { actor, n: leasedUpTo + 1 }
  const atCoordinator = writeState(recovered, emptyVector, second, 'other', 2, 'siblings')
  const merged = mergeStates(atOthers, atCoordinator, 'siblings')
  assert.equal(
    merged.siblings.map(({ value }) => value),
    ['acknowledged', 'other'],
  )
})

test.run()
