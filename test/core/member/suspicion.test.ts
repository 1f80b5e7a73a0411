/** How long a suspected member has: the formula, its ends, and every order of accusers. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultTiming, nodeId } from '../../../core/index.js'
import {
  suspicionConfirmed,
  suspicionMicros,
  suspicionRenewed,
  suspicionRules,
  suspicionStart,
} from '../../../core/member/suspicion.js'
import { pure } from '../freeze.js'

const second = 1_000_000
const accusers = ['n1', 'n2', 'n3', 'n4', 'n5'].map(nodeId)

test('suspicion: the times of the protocol, by the size of the cluster', () => {
  assert.equal(suspicionRules(defaultTiming, 3), {
    minMicros: 4 * second,
    maxMicros: 24 * second,
    confirmations: 0,
  })
  assert.is(suspicionRules(defaultTiming, 4).confirmations, 2)
  assert.is(suspicionRules(defaultTiming, 10).minMicros, 4 * second)
  assert.is(suspicionRules(defaultTiming, 1_000).minMicros, 12 * second)
  assert.is(suspicionRules(defaultTiming, 1_000).maxMicros, 72 * second)
})

test('suspicion: the times of a configuration, and none that contradict each other', () => {
  const own = { ...defaultTiming, suspicionMinMicros: second, suspicionMaxMicros: 3 * second }
  assert.equal(suspicionRules(own, 5), {
    minMicros: second,
    maxMicros: 3 * second,
    confirmations: 2,
  })
  const odd = { ...defaultTiming, suspicionMinMicros: 9 * second, suspicionMaxMicros: second }
  assert.is(suspicionRules(odd, 5).maxMicros, 9 * second)
})

test('suspicion: max with one accuser, min with enough, falling in between', () => {
  const rules = { minMicros: 4 * second, maxMicros: 24 * second, confirmations: 2 }
  const times = [0, 1, 2, 3].map((count) => suspicionMicros(rules, count))
  assert.is(times[0], 24 * second)
  assert.is(times[2], 4 * second)
  assert.is(times[3], 4 * second)
  // 24 - 20 * ln 2 / ln 3
  assert.is(times[1], 11_381_405)
  assert.is(suspicionMicros({ ...rules, confirmations: 0 }, 0), 4 * second, 'nobody to wait for')
})

test('suspicion: as many accusers as differ count, whatever their order', () => {
  const rules = { minMicros: 4 * second, maxMicros: 24 * second, confirmations: 3 }
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...accusers), { minLength: 1, maxLength: 9 }), (said) => {
      let suspicion = pure(suspicionStart)(rules, said[0]!, 7)
      for (const by of said) suspicion = pure(suspicionConfirmed)(rules, suspicion, by)
      const count = Math.min(rules.confirmations, new Set(said).size - 1)
      assert.is(suspicion.untilMicros, 7 + suspicionMicros(rules, count))
      assert.ok(suspicion.accusers.length <= rules.confirmations + 1)
      assert.is(suspicionConfirmed(rules, suspicion, said[0]!), suspicion, 'a known one is no news')
      const later = pure(suspicionRenewed)(rules, suspicion, 100)
      assert.is(later.untilMicros, 100 + suspicionMicros(rules, count))
    }),
    { seed: 1, numRuns: 300 },
  )
})

test.run()
