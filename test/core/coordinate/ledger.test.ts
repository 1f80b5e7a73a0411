/**
 * What a node remembers of its writes, so that none is coordinated twice; and how many repairs it
 * allows itself.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome } from '../../../core/index.js'
import { nodeId } from '../../../core/index.js'
import { Ledger } from '../../../core/coordinate/ledger.js'
import type { Origin } from '../../../core/coordinate/quorum.js'
import { RateLimit } from '../../../core/coordinate/rate.js'

const client = (request: number): Origin => ({ kind: 'client', request })
const peer: Origin = { kind: 'peer', from: nodeId('n2'), request: 4, incarnation: 1 }
const late: Outcome = { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null }
const refused: Outcome = { kind: 'rejected', code: 'overloaded', need: 0, got: 0 }

test('ledger: who asks while it is under way is answered when it ends, once', () => {
  const ledger = new Ledger(10)
  assert.is(ledger.recall('o', client(1)), null)
  ledger.begin('o', client(1))
  assert.is(ledger.recall('o', client(2)), 'under_way')
  assert.is(ledger.recall('o', peer), 'under_way')
  assert.equal(ledger.end('o', late, client(1)), [client(2), peer])
  assert.equal(ledger.recall('o', client(3)), late)
  assert.equal(ledger.end('o', late, client(1)), [])
})

test('ledger: a refusal is remembered where a peer has asked, for its copies', () => {
  const ledger = new Ledger(10)
  assert.equal(ledger.refuse('of a peer', peer, refused), [])
  assert.equal(ledger.recall('of a peer', peer), refused)
  ledger.begin('joined by a peer', client(1))
  ledger.recall('joined by a peer', peer)
  assert.equal(ledger.refuse('joined by a peer', client(1), refused), [peer])
  assert.equal(ledger.recall('joined by a peer', peer), refused)
})

test('ledger: a client that is refused what a peer was refused before does not make it unknown', () => {
  const ledger = new Ledger(10)
  ledger.refuse('o', peer, refused)
  ledger.begin('o', client(1))
  ledger.refuse('o', client(1), refused)
  assert.equal(ledger.recall('o', peer), refused)
})

test('ledger: a refusal of clients alone is forgotten, and those who joined are told', () => {
  const ledger = new Ledger(10)
  assert.equal(ledger.refuse('never begun', client(1), refused), [])
  ledger.begin('o', client(1))
  ledger.recall('o', client(2))
  assert.equal(ledger.refuse('o', client(1), refused), [client(2)])
  assert.is(ledger.recall('o', client(3)), null)
})

test('ledger: what was refused may begin again, and is under way then', () => {
  const ledger = new Ledger(10)
  ledger.refuse('o', peer, refused)
  ledger.begin('o', client(1))
  assert.is(ledger.recall('o', peer), 'under_way')
  assert.equal(ledger.end('o', late, client(1)), [peer])
})

test('ledger: the oldest that have ended are forgotten first; what is under way stays', () => {
  const ledger = new Ledger(8)
  ledger.begin('open', client(1))
  for (let i = 0; i < 100; i++) {
    ledger.begin(`o${String(i)}`, client(1))
    ledger.end(`o${String(i)}`, late, client(1))
  }
  assert.is(ledger.recall('open', client(1)), 'under_way')
  assert.is(ledger.recall('o0', client(1)), null)
  for (let i = 93; i < 100; i++) assert.equal(ledger.recall(`o${String(i)}`, client(1)), late)
})

test('ledger: a late copy of what a peer asked for is known for one when it is forgotten', () => {
  const from = (name: string, request: number, incarnation = 1): Origin => {
    return { kind: 'peer', from: nodeId(name), request, incarnation }
  }
  const ledger = new Ledger(8)
  const write = (opId: string, origin: Origin): void => {
    ledger.begin(opId, origin)
    ledger.end(opId, late, origin)
  }
  write('a', from('n2', 274))
  // A client has asked again, by way of another node.
  assert.equal(ledger.recall('a', from('n3', 30)), late)
  ledger.refuse('b', from('n4', 5, 2), refused)
  ledger.begin('open', from('n2', 275))
  const fill = (): void => {
    for (let i = 0; i < 20; i++) write(`o${String(i)}`, client(i))
  }
  assert.equal(ledger.recall('a', from('n2', 274)), late)
  fill()
  assert.is(ledger.recall('a', from('n2', 274)), 'forgotten')
  assert.is(ledger.recall('a', from('n3', 30)), 'forgotten')
  assert.is(ledger.recall('b', from('n4', 5, 2)), 'forgotten')
  assert.is(ledger.recall('c', from('n4', 900, 1)), 'forgotten', 'of an earlier life')
  assert.is(ledger.recall('open', from('n2', 275)), 'under_way')
  // What nobody has forgotten is new, whatever its life was called before.
  assert.is(ledger.recall('d', from('n2', 276)), null)
  assert.is(ledger.recall('d', from('n4', 1, 3)), null)
  assert.is(ledger.recall('d', from('n5', 1)), null)
  // A client's second copy comes by another request: it is forgotten and may be done again.
  assert.is(ledger.recall('a', client(1)), null)
})

test('rate: so many a second and no more at once, whatever order the times come in', () => {
  const limit = new RateLimit(10)
  const taken = (atMicros: number, tries: number): number =>
    Array.from({ length: tries }, () => limit.take(atMicros)).filter(Boolean).length
  assert.is(taken(0, 20), 10)
  assert.is(taken(100_000, 20), 1)
  assert.is(taken(50_000, 20), 0, 'time that goes back gives nothing')
  assert.is(taken(10_000_000, 50), 10, 'what was not taken is not saved up')
  assert.is(new RateLimit(0).take(5), false)
})

test.run()
