/** What the chart of versions behind says, where the curve is longer than it can show. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunData } from '../../../reports/aggregate.js'
import { versions } from '../../../reports/chart/staleness.js'

const dataOf = (
  k: readonly { readonly k: number; readonly reads: number }[],
  maxVersionsBehind: number,
): RunData => {
  const check = { check: 'staleness', figures: { maxVersionsBehind }, series: { k } }
  return { verdict: { checks: [check] } } as unknown as RunData
}

test('versions: the worst is the worst, not where the curve ends', () => {
  const chart = versions(
    dataOf(
      [
        { k: 0, reads: 60 },
        { k: 3, reads: 30 },
        { k: 200, reads: 10 },
      ],
      374,
    ),
  )
  assert.match(chart?.summary ?? '', 'the worst was 374 versions behind')
  assert.equal(chart?.table?.rows.at(-1), ['200 to 374', '10', '10%'])
})

test('versions: the table leaves no read out', () => {
  const points = Array.from({ length: 90 }, (_, at) => ({ k: at, reads: 2 }))
  const rows = versions(dataOf(points, 89))?.table?.rows ?? []
  assert.is(rows.length, 40)
  assert.equal(rows.at(-1)?.slice(0, 2), ['39 to 89', '102'])
  const all = rows.reduce((sum, row) => sum + Number(row[1]), 0)
  assert.is(all, 180)
})

test('versions: a short table is whole', () => {
  const chart = versions(
    dataOf(
      [
        { k: 0, reads: 3 },
        { k: 2, reads: 1 },
      ],
      2,
    ),
  )
  assert.equal(chart?.table?.rows, [
    ['0', '3', '75%'],
    ['2', '1', '25%'],
  ])
})

test.run()
