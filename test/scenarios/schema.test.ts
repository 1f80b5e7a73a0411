import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadScenario } from '../../scenarios/load.js'
import { scenarioJsonSchema } from '../../scenarios/schema/schema.js'
import { root } from './root.js'

const path = join(root, 'scenarios/scenario.schema.json')

test('schema: the published JSON Schema is that of the loader', async () => {
  const current = scenarioJsonSchema()
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const text = JSON.stringify(current, null, 2)
    writeFileSync(path, await format(text, { parser: 'json', printWidth: 100 }))
  }
  assert.equal(JSON.parse(readFileSync(path, 'utf8')), current)
})

type Json = Readonly<Record<string, unknown>>

test('schema: every key has a form, and no map takes keys that are not known', () => {
  const walk = (node: unknown, where: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, properties, additionalProperties } = node as Json
    if (type === 'object' && properties !== undefined) {
      assert.is(additionalProperties, false, where)
    }
    for (const [key, child] of Object.entries(node)) walk(child, `${where}/${key}`)
  }
  walk(scenarioJsonSchema(), '')
  const { properties } = scenarioJsonSchema() as { readonly properties: Json }
  assert.equal(Object.keys(properties).slice(0, 3), ['name', 'about', 'seed'])
})

/** An independent reading of the published schema. */
const published = z.fromJSONSchema(scenarioJsonSchema())
const accepts = (text: string): boolean => published.safeParse(parse(text)).success

test('schema: editors accept what the loader accepts', () => {
  const good = [
    'name: x',
    'name: x\nnetwork: { latency: 1ms, loss: 0.1%, links: [{ from: n1, to: [n2], loss: 0.5 }] }',
    'name: x\nnetwork: { latency: { write: { uniform: { min: 1ms, max: 2ms } }, read: 1ms } }',
    'name: x\nfaults: [{ at: 1s, for: 1s, partition: [[n1, n2], [n3]] }, { at: 2s, crash: n1 }]',
    'name: x\nexpect: { sessions: [monotonic_reads], linearizable: violation }',
    'name: x\ncluster: { anti_entropy: { every: 10s } }',
    'name: x\nworkload: { rate: 500/s, surges: [{ at: 1s, for: 1s, rate: 900/s }] }',
  ]
  for (const text of good) {
    assert.is(loadScenario({ text, file: 'x' }).problems, undefined, text)
    assert.ok(accepts(text), text)
  }
})

test('schema: editors mark what can be seen without knowing the rest of the file', () => {
  const bad = [
    'nmae: x',
    'name: x\nduration: 60',
    'name: x\nduration: 5 days',
    'name: x\ncluster: { nodes: 0 }',
    'name: x\ncluster: { anti_entropy: { every: 10 } }',
    'name: x\nnetwork: { latency: { exponentail: { mean: 1ms } } }',
    'name: x\nfaults: [{ at: 1s, disk: n1, corrupt: some }]',
    'name: x\nfaults: [{ at: 1s, join: n6 }]',
    'name: x\nexpect: { sessions: [read_my_mind] }',
  ]
  for (const text of bad) {
    assert.ok((loadScenario({ text, file: 'x' }).problems ?? []).length > 0, text)
    assert.not.ok(accepts(text), text)
  }
})

test.run()
