/** Silent nodes are asked again for a share of the requests; who waited too long is refused. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { firstLookMicros, Patience } from '../../../core/coordinate/patience.js'
import type { Effect } from '../../../core/index.js'
import { endOf, get } from '../ask.js'
import { TestCluster } from '../cluster.js'

test('patience: the first look for who is silent is later than now, however little time is left', () => {
  for (const budget of [0, 1, 2, 3, 4, 7]) assert.is(firstLookMicros(250_000, budget), 1)
  assert.is(firstLookMicros(250_000, 8), 2)
  assert.is(firstLookMicros(250_000, 999_999), 249_999)
  assert.is(firstLookMicros(250_000, 30_000_000), 250_000)
})

test('patience: every fourth request may ask again, for ever', () => {
  const patience = new Patience()
  let retries = 0
  for (let i = 0; i < 10_000; i++) {
    if (!patience.begin()) continue
    retries++
    patience.spend()
  }
  assert.ok(retries >= 2_500 && retries <= 2_760, String(retries))
})

test('patience: what is not needed is kept, up to a reserve', () => {
  const patience = new Patience()
  for (let i = 0; i < 10_000; i++) patience.begin()
  let retries = 0
  while (patience.begin()) {
    patience.spend()
    retries++
  }
  assert.ok(retries >= 256 && retries <= 342, String(retries))
})

test('patience: reads ask again those that are silent, until most of them do', () => {
  const cluster = new TestCluster({ nodes: 3 })
  cluster.start()
  const share = (): number => {
    for (let i = 0; i < 400; i++) cluster.submit('n1', get(`k${String(i)}`))
    const flights = cluster.find('read')
    for (const flight of flights) cluster.drop(flight)
    cluster.advance(300_000)
    const again = cluster.find('read')
    for (const flight of again) cluster.drop(flight)
    assert.is(flights.length, 800)
    return again.length / 800
  }
  assert.is(share(), 1, 'all of the first may')
  assert.is(share(), 0, 'that has used up what the next earn')
})

test('admission: who has waited a quarter of its time is refused, and nobody works for it', () => {
  const cluster = new TestCluster({ nodes: 3 })
  cluster.start()
  const operation = { ...get('k1'), request: 1_000 }
  const { timeoutMicros } = operation
  const now = { monoMicros: cluster.nowMicros, wallMicros: 0, durablePersists: 1 }
  const answer = (waitedMicros: number): readonly Effect[] =>
    cluster.box('n1').node?.step(now, { kind: 'client', operation, waitedMicros }) ?? []
  const refused = answer(timeoutMicros / 4 + 1)
  assert.is(refused.length, 1)
  assert.ok(refused[0]?.kind === 'reply')
  assert.is(endOf(refused[0].outcome), 'rejected overloaded')
  assert.ok(answer(timeoutMicros / 4).length > 1)
})

test.run()
