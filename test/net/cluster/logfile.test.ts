/** The log of a node as its file holds it. */
import { appendFileSync, truncateSync } from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readLogFile } from '../../../net/cluster/logfile.js'
import { Journal } from '../../../net/journal.js'
import { Sandbox } from '../../sim/cli/command.js'

const sandbox = new Sandbox()

function journalTo(file: string): Journal {
  const destination = { write: (line: string): void => appendFileSync(file, line) }
  return new Journal({ node: 'n1', level: 'info', destination })
}

test('log file: lines as the node wrote them, what it is not one shown as it is', () => {
  const file = sandbox.write('n1.log', '')
  const journal = journalTo(file)
  journal.write('warn', 'peer_suspected', { peer: 'n2', text: 'a\nb ü' })
  appendFileSync(file, 'node:internal/process/x\n\n  throw new Error()\n[1]\n')
  journal.write('error', 'disk_failed', {})
  appendFileSync(file, '{"level":30,"event":"half')
  const { source, lines } = readLogFile(file, 0, 100)
  assert.is(source, 'file')
  assert.equal(
    lines.map(({ level, event, fields }) => [level, event, fields]),
    [
      ['warn', 'peer_suspected', { peer: 'n2', text: 'a\nb ü' }],
      ['error', 'output', { text: 'node:internal/process/x' }],
      ['error', 'output', { text: '  throw new Error()' }],
      ['error', 'output', { text: '[1]' }],
      ['error', 'disk_failed', {}],
    ],
  )
  assert.ok((lines[0]?.atMillis ?? 0) > 1e12)
  appendFileSync(file, '","time":1}\n')
  const later = readLogFile(file, lines.at(-1)?.number ?? 0, 100)
  assert.equal(
    later.lines.map(({ event }) => event),
    ['half'],
  )
})

test('log file: read in pages, no line comes twice and none is missed', () => {
  const line = fc.integer({ min: 0, max: 300 }).map((length) => 'ü'.repeat(length) + '.')
  fc.assert(
    fc.property(fc.array(fc.array(line, { maxLength: 5 }), { maxLength: 8 }), (batches) => {
      const file = sandbox.write('pages.log', '')
      const seen: unknown[] = []
      let after = 0
      for (const batch of batches) {
        for (const text of batch) appendFileSync(file, `${text}\n`)
        const { lines } = readLogFile(file, after, 100)
        after = lines.at(-1)?.number ?? after
        seen.push(...lines.map(({ fields }) => fields['text']))
      }
      assert.equal(seen, batches.flat())
    }),
    { seed: 1, numRuns: 50 },
  )
})

test('log file: of a long one the end, from a whole line; of a shorter one all', () => {
  const file = sandbox.write('long.log', '')
  const text = 'x'.repeat(99)
  appendFileSync(file, `${text}\n`.repeat(10_000))
  const { lines } = readLogFile(file, 0, 10_000)
  assert.is(lines.length, 5_242)
  assert.ok(lines.every(({ fields }) => fields['text'] === text))
  assert.is(readLogFile(file, 0, 7).lines.length, 7)
  const last = lines.at(-1)?.number ?? 0
  assert.is(last, 1_000_000)
  truncateSync(file, 300)
  assert.is(readLogFile(file, last, 100).lines.length, 3)
  assert.equal(readLogFile(sandbox.path('none.log'), 0, 100).lines, [])
})

test.run()
