import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import { timeline } from '../../../reports/check/timeline.js'

const events = [
  { process: 1, session: 'c1', type: 'invoke', f: 'write', key: 'k', value: 'x1', time: 1e6 },
  { process: 2, session: 'c2', type: 'invoke', f: 'read', key: 'k', value: null, time: 2e6 },
  { process: 1, session: 'c1', type: 'ok', f: 'write', key: 'k', value: 'x1', time: 3e6 },
  { process: 1, session: 'c1', type: 'invoke', f: 'delete', key: 'k', value: null, time: 4e6 },
  { process: 1, session: 'c1', type: 'info', f: 'delete', key: 'k', value: null, time: 5e6 },
  { process: 2, session: 'c2', type: 'ok', f: 'read', key: 'k', value: ['x1', 'x2'], time: 6e6 },
]

test('timeline: a row a process, bars overlap as the operations did, a crashed one ends in a question mark', () => {
  const drawn = timeline(historyOf(events), [0, 1, 2, 3, 4, 5])
  assert.equal(drawn.split('\n'), [
    'c1 (process 1)  [write x1] [delete?',
    'c2 (process 2)    [read x1 and x2 (siblings)]',
    '                0.001000 s to 0.006000 s',
  ])
})

test('timeline: only the operations that the events name', () => {
  assert.not.match(timeline(historyOf(events), [0, 2]), /read|delete/)
  assert.is(timeline(historyOf(events), []), '')
})

test('timeline: without sessions rows are processes, without times the lines are named', () => {
  const bare = [
    { process: 7, type: 'invoke', f: 'acquire', value: null },
    { process: 7, type: 'ok', f: 'acquire', value: null },
  ]
  assert.equal(timeline(historyOf(bare), [0, 1]).split('\n'), [
    'process 7  [acquire]',
    '           line 1 to line 2',
  ])
})

test('timeline: of a history that counts 1, 2, 3 the times can be told apart', () => {
  const events = [
    { process: 1, type: 'invoke', f: 'read', key: 'k', value: null, time: 1 },
    { process: 1, type: 'ok', f: 'read', key: 'k', value: 'x1', time: 2 },
  ]
  assert.match(timeline(historyOf(events), [0, 1]), /1 ns to 2 ns$/)
})

test.run()
