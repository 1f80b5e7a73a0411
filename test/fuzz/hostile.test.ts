import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from './run.js'

test('fuzz: frames, packets and their bodies are borne, whatever they are', () => {
  const results = [...run(3_000, 20_261_125)]
  assert.is(results.length, 3)
})

test.run()
