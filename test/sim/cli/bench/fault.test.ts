import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { faultsOf } from '../../../../sim/cli/bench/fault.js'

const known = ['n1', 'n2', 'n3']

test('--fault: what, whom, when and for how long', () => {
  assert.equal(faultsOf(['kill:n2@10s+5s', 'pause:n1,n3@1.5s+250ms', 'stop:all@1m+1s'], known), [
    { act: 'kill', nodes: ['n2'], atMillis: 10_000, lastsMillis: 5_000 },
    { act: 'pause', nodes: ['n1', 'n3'], atMillis: 1_500, lastsMillis: 250 },
    { act: 'stop', nodes: known, atMillis: 60_000, lastsMillis: 1_000 },
  ])
})

test('--fault: all that is wrong is said, with what would be right', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['kill', /^--fault kill: write it as kill:n2@10s\+5s/],
    ['burn:n2@1s+1s', /: burn is none of kill, stop, pause/],
    ['kill:n9@1s+1s', /: no node n9; there are: n1, n2, n3, and all/],
    ['kill:n2@1+1s', /"1"|1 .*unit|duration/],
    ['kill:n2@1s+soon', /duration/],
    ['kill:n2@1s+0s', /it lasts no time/],
  ]
  for (const [spec, message] of cases) {
    assert.throws(() => faultsOf([spec], known), message)
  }
  assert.throws(
    () => faultsOf(['kill:n9@1s+1s', 'burn:n2@1s+1s'], known),
    /no node n9[^]*\n[^]*burn is none/,
  )
})

test('--fault: a node that is away cannot be taken away', () => {
  assert.throws(
    () => faultsOf(['kill:n2@1s+5s', 'pause:n1,n2@8s+1s'], known),
    /n2: kill at 1s for 5s, and pause at 8s: leave 5s/,
  )
  assert.is(faultsOf(['kill:n2@1s+5s', 'kill:n1@2s+5s', 'kill:n2@11s+1s'], known).length, 3)
})

test.run()
