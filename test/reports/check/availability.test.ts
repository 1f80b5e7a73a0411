import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkAvailability } from '../../../reports/check/availability.js'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { storeHistory } from './store.js'

/** One operation a millisecond, ended half a millisecond later. */
const history = (types: readonly (string | null)[]): ReturnType<typeof historyOf> =>
  historyOf(
    types.flatMap((type, process): RawEvent[] => {
      const head = { process, f: process % 2 === 0 ? 'read' : 'write', key: 'k', value: null }
      const begin = { ...head, type: 'invoke', time: process * 1_000_000 }
      const end = { ...head, type, time: process * 1_000_000 + 500_000 }
      return type === null ? [begin] : [begin, end]
    }),
  )

test('availability: ok over all, an operation without completion counts as not answered', () => {
  const finding = checkAvailability(history(['ok', 'ok', 'fail', 'info', null]), {
    minPpm: 400_000,
    faults: [],
  })
  assert.is(finding.verdict, 'ok')
  assert.equal(finding.figures, {
    operations: 5,
    ok: 2,
    fail: 1,
    info: 2,
    availability: 0.4,
    readAvailability: 1 / 3,
    writeAvailability: 1 / 2,
  })
})

test('availability: one millionth below what was asked is a violation', () => {
  const options = { minPpm: 400_001, faults: [] }
  assert.is(
    checkAvailability(history(['ok', 'ok', 'fail', 'info', null]), options).verdict,
    'violation',
  )
})

test('availability: each fault has its own figures, by when operations began', () => {
  const fault = {
    kind: 'crash',
    label: 'crash n1',
    fromMicros: 1000,
    toMicros: 3000,
    nodes: ['n1'],
  }
  const finding = checkAvailability(history(['ok', 'fail', 'ok', 'fail']), {
    minPpm: null,
    faults: [fault],
  })
  assert.is(finding.verdict, 'ok')
  const point = finding.series?.['faults']?.[0]
  assert.is(point?.['label'], 'crash n1')
  assert.is(point?.['operations'], 2)
  assert.is(point?.['availability'], 0.5)
})

test('availability: final states are not operations', () => {
  const store = storeHistory({ unknown: 0, operations: 50 })
  const finding = checkAvailability(store, { minPpm: 1_000_000, faults: [] })
  assert.is(finding.figures['operations'], 50)
  assert.is(finding.verdict, 'ok')
})

test('availability: no operations at all is unknown', () => {
  assert.is(checkAvailability(history([]), { minPpm: 1, faults: [] }).verdict, 'unknown')
})

test.run()
