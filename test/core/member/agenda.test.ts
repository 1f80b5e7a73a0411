/** What is due when, against a list that is sorted each time; and the order of probes. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Agenda } from '../../../core/member/agenda.js'
import { Chance } from '../../../core/member/chance.js'
import { ProbeOrder } from '../../../core/member/order.js'

test('agenda: as a sorted list would have it, first in first out', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.boolean()), { maxLength: 60 }), (moves) => {
      const agenda = new Agenda<number>()
      let twin: { atMicros: number; item: number }[] = []
      moves.forEach(([atMicros, adds], item) => {
        if (adds) {
          agenda.add(atMicros, item)
          twin.push({ atMicros, item })
          twin = twin.toSorted((a, b) => a.atMicros - b.atMicros || a.item - b.item)
        } else {
          const first = twin[0]
          const due = first !== undefined && first.atMicros <= atMicros ? first.item : null
          assert.is(agenda.take(atMicros), due)
          if (due !== null) twin.shift()
        }
        assert.is(agenda.nextMicros, twin[0]?.atMicros ?? Infinity)
        assert.is(agenda.size, twin.length)
      })
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('order: each member once in every round, in an order of its own', () => {
  const order = new ProbeOrder(7, new Chance(1, 'n1'))
  const rounds = Array.from({ length: 50 }, () => Array.from({ length: 7 }, () => order.next()))
  for (const round of rounds) {
    assert.equal(
      round.toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6],
    )
  }
  assert.ok(new Set(rounds.map((round) => round.join())).size > 45)
})

test('chance: the same of the same seed and label, other of any other, and even', () => {
  const draws = (seed: number, label: string): string => {
    const chance = new Chance(seed, label)
    return Array.from({ length: 20 }, () => chance.below(1_000)).join()
  }
  assert.is(draws(1, 'n1'), draws(1, 'n1'))
  assert.is.not(draws(1, 'n1'), draws(1, 'n2'))
  assert.is.not(draws(1, 'n1'), draws(2, 'n1'))
  const counts = new Array<number>(10).fill(0)
  const chance = new Chance(3, 'even')
  for (let i = 0; i < 10_000; i++) counts[chance.below(10)]!++
  for (const count of counts) assert.ok(count > 880 && count < 1_120, String(count))
})

test.run()
