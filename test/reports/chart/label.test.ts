import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Labels } from '../../../reports/chart/label.js'

test('labels: the first free spot is taken, and none where all are', () => {
  const labels = new Labels()
  const here = { x: 0, y: 20 }
  assert.equal(labels.place('12 replicate', [here]), here)
  assert.is(labels.place('13 replicate', [here, { x: 30, y: 26 }]), null)
  assert.equal(labels.place('13', [here, { x: 30, y: 26 }, { x: 0, y: 34 }]), { x: 0, y: 34 })
  assert.equal(labels.place('beside', [{ x: 90, y: 20 }]), { x: 90, y: 20 })
})

test('labels: what finds a place meets nothing that was there before, and nothing free is missed', () => {
  const spot = fc.record({
    x: fc.integer({ min: 0, max: 120 }),
    y: fc.integer({ min: 0, max: 60 }),
  })
  const wish = fc.tuple(fc.constantFrom('1', '2 read', '3 replicate_ok'), fc.array(spot))
  // Twin: a picture of cells, each of a pixel.
  const cells = ({ x, y }: { x: number; y: number }, text: string): string[] => {
    const found: string[] = []
    for (let left = x; left < x + text.length * 6.6; left++) {
      for (let top = y - 10; top < y + 3; top++) found.push(`${String(left)} ${String(top)}`)
    }
    return found
  }
  fc.assert(
    fc.property(fc.array(wish), (wishes) => {
      const labels = new Labels()
      const painted = new Set<string>()
      for (const [text, spots] of wishes) {
        const free = spots.find((each) => !cells(each, text).some((cell) => painted.has(cell)))
        assert.equal(labels.place(text, spots), free ?? null)
        if (free !== undefined) for (const cell of cells(free, text)) painted.add(cell)
      }
    }),
    { seed: 1, numRuns: 200 },
  )
})

test.run()
