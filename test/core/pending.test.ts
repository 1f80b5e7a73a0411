import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as fc from 'fast-check'
import { Pending } from '../../core/pending.js'

type Action = { readonly is: 'set' | 'delete'; readonly back: number } | { readonly is: 'clear' }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ is: fc.constant('set' as const), back: fc.nat(200) }) },
  { weight: 6, arbitrary: fc.record({ is: fc.constant('delete' as const), back: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('clear' as const) }) },
)

/** Numbers rise by one or two, and now and then an old one comes again. */
function play(actions: readonly Action[], start: number): void {
  const pending = new Pending<{ readonly at: number }>()
  const twin = new Map<number, { readonly at: number }>()
  let newest = start
  actions.forEach((one, at) => {
    if (one.is === 'clear') {
      pending.clear()
      twin.clear()
      return
    }
    if (one.is === 'set') newest += 1 + (one.back & 1)
    const number = Math.max(0, one.back > 150 || one.is === 'delete' ? newest - one.back : newest)
    if (one.is === 'set') {
      pending.set(number, { at })
      twin.set(number, { at })
    } else {
      pending.delete(number)
      twin.delete(number)
    }
    assert.is(pending.size, twin.size)
    assert.equal(pending.get(number), twin.get(number) ?? null)
  })
  const inOrder = [...twin].sort(([a], [b]) => a - b)
  for (const [number, value] of inOrder) assert.equal(pending.get(number), value)
  assert.equal(
    pending.values(),
    inOrder.map(([, value]) => value),
  )
  assert.is(pending.get(newest + 1), null)
  assert.is(pending.get(-1), null)
}

test('pending: sets, deletes and clears as a map would', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => play(actions, 0)),
    { seed: 1, numRuns: 300 },
  )
})

test('pending: numbers above 2^31, as a long life has them', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => play(actions, 2 ** 31 - 50)),
    { seed: 1, numRuns: 100 },
  )
})

test('pending: one that stays open while thousands come and go is still there', () => {
  const pending = new Pending<{ readonly n: number }>()
  pending.set(1, { n: 1 })
  for (let n = 2; n < 5_000; n++) {
    pending.set(n, { n })
    if (n > 10) pending.delete(n - 5)
  }
  assert.equal(pending.get(1), { n: 1 })
  assert.equal(
    pending.values().map(({ n }) => n),
    [1, 2, 3, 4, 5, 4_995, 4_996, 4_997, 4_998, 4_999],
  )
})

test.run()
