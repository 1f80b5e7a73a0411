import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from './run.js'

test('fuzz: frames, packets, their bodies and what clients write are borne, whatever they are', () => {
  const results = [...run(3_000, 20_261_125)]
  assert.is(results.length, 13)
  assert.ok(results.every(({ inputs }) => inputs >= 3_000))
})

test('fuzz: when time is up it says how much was tried', () => {
  const [first] = run(1_000_000, 7, 1)
  assert.ok((first?.inputs ?? 0) > 0 && (first?.inputs ?? 0) < 1_000_000)
})

test.run()
