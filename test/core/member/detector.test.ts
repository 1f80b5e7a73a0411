/** The detector of one peer against a twin that looks through everything that has happened. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerState } from '../../../core/member/detector.js'
import { peerHeard, peerTicked, peerTimedOut, unknownPeer } from '../../../core/member/detector.js'
import { pure } from '../freeze.js'

const silenceMicros = 2_000_000
const suspectTimeouts = 3

type Event =
  | { readonly is: 'heard'; readonly life: number; readonly atMicros: number }
  | { readonly is: 'timeout' | 'tick'; readonly atMicros: number }

const heard = pure(peerHeard)
const timedOut = pure(peerTimedOut)
const ticked = pure(peerTicked)

function step(state: PeerState, event: Event): PeerState {
  switch (event.is) {
    case 'heard':
      return heard(state, event.life, event.atMicros)
    case 'timeout':
      return timedOut(state, suspectTimeouts)
    case 'tick':
      return ticked(state, event.atMicros, silenceMicros)
  }
}

/**
 * Suspected: since the last word of its newest life, three timeouts, or a look after too long a
 * silence.
 */
function suspectedByNow(events: readonly Event[]): boolean {
  let life = 0
  let last = -1
  events.forEach((event, i) => {
    if (event.is !== 'heard' || event.life < life) return
    life = event.life
    last = i
  })
  const heardMicros = events[last]?.atMicros ?? 0
  const since = events.slice(last + 1)
  const timeouts = since.filter(({ is }) => is === 'timeout').length
  // A word within ten milliseconds of the last may go unrecorded: then the silence counts from the
  // earlier one.
  const overdue = since.some(
    ({ is, atMicros }) => is === 'tick' && atMicros - heardMicros > silenceMicros + 10_000,
  )
  return timeouts >= suspectTimeouts || overdue
}

/** Whether the twin is sure; near the limit of the silence either answer is right. */
function certain(events: readonly Event[]): boolean {
  const tick = events.filter(({ is }) => is === 'tick')
  return tick.every((one) =>
    events.every(
      (other) =>
        other.is !== 'heard' || Math.abs(one.atMicros - other.atMicros - silenceMicros) > 10_000,
    ),
  )
}

const arbitraryEvents = fc
  .array(
    fc.tuple(fc.constantFrom('heard', 'timeout', 'tick'), fc.nat(3), fc.nat(900_000), fc.boolean()),
    { maxLength: 30 },
  )
  .map((choices) => {
    let atMicros = 0
    return choices.map(([is, life, passed, quickly]): Event => {
      atMicros += quickly ? passed % 2_000 : passed
      return is === 'heard'
        ? { is, life: life + 1, atMicros }
        : { is: is === 'tick' ? 'tick' : 'timeout', atMicros }
    })
  })

test('detector: any mix of words, timeouts and looks, as the twin sees it', () => {
  fc.assert(
    fc.property(arbitraryEvents, (events) => {
      let state = unknownPeer
      events.forEach((event, i) => {
        const before = state
        state = step(state, event)
        const so = events.slice(0, i + 1)
        assert.ok(state.incarnation >= before.incarnation, 'incarnations never regress (FD-2)')
        if (certain(so)) assert.is(state.suspected, suspectedByNow(so), JSON.stringify(so))
      })
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('detector: a word soon after the last one changes nothing, and copies nothing', () => {
  const state = peerHeard(unknownPeer, 1, 5_000_000)
  assert.is(peerHeard(state, 1, 5_009_999), state)
  assert.is.not(peerHeard(state, 1, 5_010_000), state)
  assert.is.not(peerHeard(state, 2, 5_000_001), state)
})

test('detector: one word clears any suspicion, of whatever cause', () => {
  let state = unknownPeer
  for (let i = 0; i < suspectTimeouts; i++) state = peerTimedOut(state, suspectTimeouts)
  assert.ok(state.suspected)
  const alive = peerHeard(state, 1, 10)
  assert.equal(alive, { incarnation: 1, heardMicros: 10, timeouts: 0, suspected: false })
  const silent = peerTicked(alive, silenceMicros + 11, silenceMicros)
  assert.ok(silent.suspected)
  assert.not(peerHeard(silent, 1, silenceMicros + 12).suspected)
})

test.run()
