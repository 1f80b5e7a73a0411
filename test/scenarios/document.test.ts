import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import { formatProblem } from '../../scenarios/problem.js'
import { scenarioJsonSchema } from '../../scenarios/schema/schema.js'
import { root } from './root.js'

const text = readFileSync(join(root, 'docs/scenarios.md'), 'utf8')

test('document: the scenarios that it shows can be run', () => {
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  assert.ok(blocks.length >= 1)
  for (const block of blocks) {
    const { problems } = loadScenario({ text: block, file: 'docs/scenarios.md' })
    assert.equal(problems?.map(formatProblem) ?? [], [])
  }
})

test('document: every latency that it shows means something', () => {
  const cells = [...text.matchAll(/^\| `(\{ \w+: .*?\})` \|/gm)].map((match) => match[1] ?? '')
  assert.ok(cells.length >= 6)
  for (const latency of cells) {
    const { problems } = loadScenario({ text: `name: x\ndisk: { write: ${latency} }`, file: 'x' })
    assert.equal(problems?.map(formatProblem) ?? [], [], latency)
  }
})

test('document: every key of the language is explained', () => {
  const keys = new Set<string>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { properties } = node as { readonly properties?: object }
    for (const key of Object.keys(properties ?? {})) keys.add(key)
    for (const child of Object.values(node)) walk(child)
  }
  walk(scenarioJsonSchema())
  assert.ok(keys.size > 80)
  const missing = [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text))
  assert.equal(missing, [])
})

test.run()
