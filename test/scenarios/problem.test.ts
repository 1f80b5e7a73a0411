import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { all, closest, formatProblem, oneOf } from '../../scenarios/problem.js'

test('problem: a line that editors and terminals turn into a link', () => {
  const problem = { file: 'scenarios/x.yaml', line: 12, column: 5, message: 'no node n9' }
  assert.is(formatProblem(problem), 'scenarios/x.yaml:12:5: no node n9')
})

test('problem: the nearest word is suggested, a far one is not', () => {
  const words = ['partition', 'crash', 'pause', 'slow', 'latency']
  assert.is(closest('partion', words), 'partition')
  assert.is(closest('Crash', words), 'crash')
  assert.is(closest('lcra', words), null)
  assert.is(closest('puase', words), 'pause')
  assert.is(closest('latencies', words), 'latency')
  assert.is(closest('explode', words), null)
})

test('problem: very short words suggest nothing, n9 is not n1', () => {
  assert.is(closest('n9', ['n1', 'n2']), null)
  assert.is(closest('', ['a']), null)
})

test('problem: one letter wrong in any word of four letters or more is found', () => {
  const words = ['durability', 'convergence', 'linearizable', 'availability', 'staleness']
  fc.assert(
    fc.property(
      fc.constantFrom(...words),
      fc.nat(),
      fc.constantFrom('', 'q', 'zz'),
      (word, at, by) => {
        const index = at % word.length
        assert.is(closest(word.slice(0, index) + by + word.slice(index + 1), words), word)
      },
    ),
    { seed: 1, numRuns: 300 },
  )
})

test('problem: lists for people are cut when long', () => {
  assert.is(oneOf(['a', 'b', 'c']), 'a, b or c')
  assert.is(oneOf(['a']), 'a')
  assert.is(all(['a', 'b', 'c']), 'a, b, c')
  const many = Array.from({ length: 20 }, (_, index) => `n${String(index + 1)}`)
  assert.match(all(many), /n12 and 8 more$/)
})

test.run()
