/** First-hand knowledge of a peer: silence weighed as phi, latency as a running mean. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Contacts, freshMicros } from '../../../core/member/contact.js'

const startMicros = 1_000_000_000
const peer = 1

function regular(everyMicros: number, count: number): Contacts {
  const contacts = new Contacts(3)
  for (let i = 0; i < count; i++) contacts.heard(peer, startMicros + i * everyMicros)
  return contacts
}

const after = (contacts: Contacts, micros: number): number =>
  contacts.phi(peer, contacts.heardMicros(peer) + micros)

test('contact: phi is 0 at a word and grows with the silence, measured by what is usual', () => {
  const often = regular(200_000, 50)
  const seldom = regular(2_000_000, 50)
  assert.is(after(often, 0), 0)
  assert.ok(after(often, 1_000_000) > after(often, 500_000))
  assert.ok(Math.abs(after(often, 2_000_000) - after(seldom, 20_000_000)) < 1e-9)
  // Ten means of silence: e^-10 is 4.3 powers of ten below one.
  assert.ok(Math.abs(after(often, 2_000_000) - 4.343) < 0.001)
  assert.is(new Contacts(3).phi(peer, startMicros), 0, 'nothing is expected of a stranger')
  assert.is(after(often, -5), 0, 'a clock that was set back does not count')
})

test('contact: a peer that talks all the time may stop talking for a while', () => {
  assert.ok(after(regular(1_000, 5_000), 300_000) < 2)
})

test('contact: latency follows what is measured, and words do not change it', () => {
  const contacts = new Contacts(3)
  contacts.answered(peer, 8_000)
  assert.is(contacts.latencyMicros(peer), 8_000)
  for (let i = 0; i < 60; i++) contacts.answered(peer, 2_000)
  assert.ok(Math.abs(contacts.latencyMicros(peer) - 2_000) < 20)
  contacts.answered(2, 0)
  assert.is(contacts.latencyMicros(2), 1, 'known, if only just')
  const latencyMicros = contacts.latencyMicros(peer)
  contacts.heard(peer, startMicros)
  assert.is(contacts.heardMicros(peer), startMicros)
  assert.is(contacts.latencyMicros(peer), latencyMicros)
  assert.is(contacts.phi(peer, startMicros + 60_000_000), 0, 'one word says nothing of the next')
})

test('contact: after a word from the life that holds, more of them change nothing for a while', () => {
  const contacts = new Contacts(3)
  contacts.lives(peer, 4, true)
  contacts.heard(peer, startMicros)
  assert.is(contacts.incarnation(peer), 4)
  assert.ok(contacts.isQuiet(peer, 4, startMicros + freshMicros - 1))
  assert.not(contacts.isQuiet(peer, 4, startMicros + freshMicros))
  assert.not(contacts.isQuiet(peer, 5, startMicros), 'another life')
  for (const life of [4, 0]) {
    contacts.lives(peer, life, false)
    assert.is(contacts.incarnation(peer), life)
    assert.not(contacts.isQuiet(peer, life, startMicros), 'something is said of it')
  }
})

test('contact: peers do not share numbers', () => {
  const contacts = new Contacts(3)
  contacts.lives(peer, 7, true)
  contacts.heard(peer, startMicros)
  contacts.heard(peer, startMicros + 1_000_000)
  contacts.answered(peer, 5)
  for (const other of [0, 2]) {
    assert.is(contacts.incarnation(other), 0)
    assert.is(contacts.heardMicros(other), 0)
    assert.is(contacts.latencyMicros(other), 0)
    assert.is(contacts.phi(other, startMicros + 90_000_000), 0)
  }
})

test.run()
