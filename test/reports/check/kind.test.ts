import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kindsOf } from '../../../reports/check/kind.js'
import type { Finding } from '../../../reports/check/verdict.js'

const finding = (check: string, figures: Finding['figures'], verdict: Finding['verdict']) =>
  kindsOf({ check, verdict, figures, summary: '', counterexamples: [] })

test('kind: a run that is right fails in no way', () => {
  assert.equal(finding('durability', { lost: 0 }, 'ok'), [])
  assert.equal(finding('siblings', { states: 3, vanished: 1 }, 'unknown'), [])
})

test('kind: of siblings, the faults that were found, the most frequent first', () => {
  const figures = {
    states: 9,
    mostSiblings: 2,
    violations: 4,
    vanished: 1,
    resurrected: 3,
    twice: 0,
  }
  assert.equal(finding('siblings', figures, 'violation'), ['resurrected', 'vanished'])
})

test('kind: replicas that differ, that never became equal, or too late', () => {
  const of = (divergentKeys: number, convergedAfterMicros: number | null): readonly string[] =>
    finding('convergence', { divergentKeys, convergedAfterMicros }, 'violation')
  assert.equal([of(2, null), of(0, null), of(0, 9)], [['divergent'], ['unfinished'], ['late']])
})

test('kind: of other checks, the check itself', () => {
  assert.equal(finding('monotonic_reads', {}, 'violation'), ['monotonic_reads'])
})

test.run()
