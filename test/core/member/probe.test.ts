/** One probe, under every order of answers, refusals, late words and doubles. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeId } from '../../../core/index.js'
import { healthAfter, scaled } from '../../../core/member/health.js'
import type { Probe } from '../../../core/member/probe.js'
import {
  probeAcked,
  probeEnd,
  probeNacked,
  probeRelayed,
  probeStart,
} from '../../../core/member/probe.js'
import { pure } from '../freeze.js'

const [target, n3, n4, n5] = ['n2', 'n3', 'n4', 'n5'].map(nodeId) as [
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
]
const relays = [n3, n4, n5]

type Event = 'ack' | 'ack3' | 'nack3' | 'nack4' | 'nack stranger'
const events: readonly Event[] = ['ack', 'ack3', 'nack3', 'nack4', 'nack stranger']

function after(probe: Probe, event: Event): Probe {
  switch (event) {
    case 'ack':
      return pure(probeAcked)(probe, target)
    case 'ack3':
      return pure(probeAcked)(probe, n3)
    case 'nack3':
      return pure(probeNacked)(probe, n3)
    case 'nack4':
      return pure(probeNacked)(probe, n4)
    case 'nack stranger':
      return pure(probeNacked)(probe, nodeId('n9'))
  }
}

test('probe: every order of up to four answers ends as a look at all of them says', () => {
  let orders = 0
  const follow = (probe: Probe, said: readonly Event[]): void => {
    orders++
    const alive = said.includes('ack') || said.includes('ack3')
    const nacks = ['nack3', 'nack4'].filter((one) => said.includes(one as Event)).length
    assert.equal(pure(probeEnd)(probe, 0), {
      alive,
      missed: !said.includes('ack'),
      health: alive ? -1 : 3 - nacks,
    })
    if (said.length < 4) for (const event of events) follow(after(probe, event), [...said, event])
  }
  follow(pure(probeRelayed)(pure(probeStart)(7, target, 1_000), relays), [])
  assert.is(orders, 1 + 5 + 25 + 125 + 625)
})

test('probe: any word from the target since the ping is as good as an answer', () => {
  const probe = probeRelayed(probeStart(7, target, 1_000), relays)
  assert.equal(probeEnd(probe, 999), { alive: false, missed: true, health: 3 })
  assert.equal(probeEnd(probe, 1_000), { alive: true, missed: false, health: -1 })
})

test('probe: with nobody to ask, this node may be to blame by one', () => {
  assert.is(probeEnd(probeStart(7, target, 1_000), 0).health, 1)
})

test('health: from 0 to 7, and the time it allows', () => {
  assert.is(healthAfter(0, -1), 0)
  assert.is(healthAfter(6, 3), 7)
  assert.is(healthAfter(3, -1), 2)
  assert.is(scaled(500_000, 0), 500_000)
  assert.is(scaled(500_000, 7), 4_000_000)
})

test.run()
