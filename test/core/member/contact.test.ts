/** First-hand knowledge of a peer: silence weighed as phi, latency as a running mean. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Contact } from '../../../core/member/contact.js'
import {
  contactAnswered,
  contactHeard,
  contactMissed,
  noContact,
  phi,
} from '../../../core/member/contact.js'
import { pure } from '../freeze.js'

const startMicros = 1_000_000_000

function regular(everyMicros: number, count: number): Contact {
  let contact = noContact
  for (let i = 0; i < count; i++) {
    contact = pure(contactHeard)(contact, startMicros + i * everyMicros)
  }
  return contact
}

test('contact: phi is 0 at a word and grows with the silence, measured by what is usual', () => {
  const often = regular(200_000, 50)
  const seldom = regular(2_000_000, 50)
  assert.is(phi(often, often.heardMicros), 0)
  assert.is(often.intervalMicros, 200_000)
  const after = (contact: Contact, micros: number): number =>
    phi(contact, contact.heardMicros + micros)
  assert.ok(after(often, 1_000_000) > after(often, 500_000))
  assert.ok(Math.abs(after(often, 2_000_000) - after(seldom, 20_000_000)) < 1e-9)
  // Ten means of silence: e^-10 is 4.3 powers of ten below one.
  assert.ok(Math.abs(after(often, 2_000_000) - 4.343) < 0.001)
  assert.is(phi(noContact, startMicros), 0, 'nothing is expected of a stranger')
  assert.is(phi(often, often.heardMicros - 5), 0, 'a clock that was set back does not count')
})

test('contact: a peer that talks all the time may stop talking for a while', () => {
  const busy = regular(1_000, 5_000)
  assert.ok(phi(busy, busy.heardMicros + 300_000) < 2)
})

test('contact: latency follows what is measured, misses count in a row', () => {
  let contact = pure(contactAnswered)(noContact, 8_000)
  assert.is(contact.latencyMicros, 8_000)
  for (let i = 0; i < 60; i++) contact = contactAnswered(contact, 2_000)
  assert.ok(Math.abs(contact.latencyMicros - 2_000) < 20)
  assert.is(contactAnswered(noContact, 0).latencyMicros, 1, 'known, if only just')
  contact = pure(contactMissed)(contactMissed(contact))
  assert.is(contact.misses, 2)
  const { latencyMicros } = contact
  assert.equal(contactHeard(contact, startMicros), {
    heardMicros: startMicros,
    intervalMicros: 0,
    latencyMicros,
    misses: 0,
  })
})

test.run()
