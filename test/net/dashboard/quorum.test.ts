/** What the page says of a cluster with members absent. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { leftText } from '../../../net/dashboard/page/quorum.js'

test('absent: the others answer while there may be a quorum, and not below R or W', () => {
  const goesOn = (owned: string) => `The others answer for ${owned} as long as a quorum is left.`
  assert.is(leftText(1, 2, { r: 2, w: 2 }), goesOn('what it owns'))
  assert.is(leftText(2, 3, { r: 2, w: 2 }), goesOn('what they own'))
  const few = 'Too few are left, 1: '
  const until = ' fail until more are back.'
  assert.is(leftText(2, 1, { r: 2, w: 2 }), `${few}reads (R=2) and writes (W=2)${until}`)
  assert.is(leftText(2, 1, { r: 1, w: 3 }), `${few}writes (W=3)${until}`)
  assert.is(leftText(2, 1, { r: 2, w: 1 }), `${few}reads (R=2)${until}`)
})

test.run()
