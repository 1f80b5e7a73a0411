import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configuration } from '../../../reports/page/setup.js'
import { loadScenario } from '../../../scenarios/load.js'

const factsOf = (workload: string, more = ''): ReadonlyMap<string, string> => {
  const text = `name: x\nduration: 30s\n${more}workload: ${workload}\n`
  const { scenario, problems } = loadScenario({ text, file: 'x.yaml' })
  assert.is(problems, undefined)
  return new Map(configuration(scenario as NonNullable<typeof scenario>))
}

const shown = (facts: ReadonlyMap<string, string>): readonly (string | undefined)[] =>
  ['clients', 'operations', 'keys', 'consistency', 'clients run for'].map((name) =>
    facts.get(name)?.replaceAll('\u00a0', ' '),
  )

test('setup: a drawn workload by its clients, mix and keys', () => {
  assert.equal(shown(factsOf('{ clients: 3, think: 7ms }')), [
    '3 clients, thinking 7 ms',
    '70% get, 25% put, 5% delete',
    '100, zipfian',
    'as the cluster',
    '30 s',
  ])
})

test('setup: what clients ask of a read or write, for how long, and surges are said', () => {
  const facts = factsOf(
    '{ clients: 3, for: 20s, rate: 9/s, surges: [{ at: 2s, for: 1s, rate: 90/s }], consistency: one }',
  )
  assert.equal(shown(facts).slice(0, 1), ['9 per second from 3 clients, with 1 surge'])
  assert.equal(shown(facts).slice(3), ['R=1, W=1', '20 s'])
  assert.is(factsOf('{ consistency: monotonic }').get('consistency'), 'monotonic reads')
})

test('setup: operations that are written down are counted, and no mix is made up', () => {
  const facts = factsOf(
    '{ operations: [{ put: k1 }, { client: c2, get: k1 }, { client: c2, get: k2 }] }',
  )
  assert.equal(shown(facts).slice(0, 3), ['2 clients', '3, one by one', '2'])
})

test('setup: a probe is no mix either', () => {
  const more =
    'cluster: { nodes: [n1, n2, n3, { id: p1, weight: 0 }], coordinator: any, read_repair: false, ' +
    'handoff: false, buckets: { b: { conflict: lww } } }\n'
  const facts = factsOf('{ bucket: b, probe: { after: 1ms, via: [p1], recorded: 1 } }', more)
  const [clients, operations, keys] = shown(facts)
  assert.equal([clients, keys], ['8 clients', 'one for each client'])
  assert.is(operations, 'a write, and a read 1 ms after its commit')
})

test.run()
